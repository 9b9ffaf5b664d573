import { printableLine } from '../../printable.js';
import { widthOf } from '../../report/text.js';

/** Plain tables for a terminal: first column to the left, numbers to the right; names of files may hold line breaks. */
export function formatTable(header: readonly string[], given: readonly (readonly string[])[]): string {
  const rows = given.map((row) => row.map(printableLine));
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) => pad(row[column] ?? '', width, column))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((width) => '\u2500'.repeat(width)).join('  '), ...rows.map(line)].join(
    '\n',
  );
}

function pad(text: string, width: number, column: number): string {
  const space = ' '.repeat(width - widthOf(text));
  return column === 0 ? text + space : space + text;
}
