/** Plain tables for a terminal: first column to the left, numbers to the right. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
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
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
