/** Plain tables for a terminal: first column to the left, numbers to the right; names of files may hold line breaks. */
import { printableLine } from '../../printable.js';
import { widthOf } from '../../report/text.js';
import { columnsOf } from './frame.js';

export interface TableOptions {
  /** Of the terminal; where it is no terminal, a row is one line however long. */
  readonly columns?: number;
  /** So many columns on the left say what a row is about: parts of a table that is too wide all begin with them. */
  readonly keys?: number;
}

type Row = readonly string[];

const GAP = 2;
/** A column of texts is not made narrower than this; what numbers take is mostly less. */
const NARROWEST = 16;

/** A table that is too wide has its texts broken within their columns or, where that is not enough, comes in several parts. */
export function formatTable(header: Row, given: readonly Row[], options: TableOptions = {}): string {
  const { columns = process.stdout.isTTY ? columnsOf(process.stdout) : Infinity, keys = 1 } = options;
  const all = [header, ...given.map((row) => row.map(printableLine))];
  const widths = header.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  const narrowed = narrow(widths, columns);
  if (totalOf(narrowed) <= columns) return layOut(all, narrowed);
  const lead = Array.from({ length: keys }, (_, column) => column);
  const parts: number[][] = [];
  for (let column = keys; column < header.length; column += 1) {
    const part = parts.at(-1);
    if (part !== undefined && totalOf([...part, column].map((at) => narrowed[at] ?? 0)) <= columns)
      part.push(column);
    else parts.push([...lead, column]);
  }
  return parts
    .map((part) =>
      layOut(
        all.map((row) => part.map((at) => row[at] ?? '')),
        part.map((at) => narrowed[at] ?? 0),
      ),
    )
    .join('\n\n');
}

const totalOf = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);

/** Takes from the widest columns what is too much. */
function narrow(widths: readonly number[], columns: number): number[] {
  const narrowed = [...widths];
  for (let over = totalOf(narrowed) - columns; over > 0; over = totalOf(narrowed) - columns) {
    const widest = Math.max(...narrowed);
    const next = Math.max(NARROWEST, ...narrowed.filter((width) => width < widest));
    if (widest <= NARROWEST) return narrowed;
    const at = narrowed.indexOf(widest);
    narrowed[at] = Math.max(Math.min(next, widest - 1), widest - over);
  }
  return narrowed;
}

function layOut([header = [], ...rows]: readonly Row[], widths: readonly number[]): string {
  const line = (row: Row): string =>
    widths
      .map((width, column) => pad(row[column] ?? '', width, column))
      .join(' '.repeat(GAP))
      .trimEnd();
  const lines = (row: Row): string[] => {
    const cells = widths.map((width, column) => breakText(row[column] ?? '', width));
    const height = Math.max(...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, at) => line(cells.map((cell) => cell[at] ?? '')));
  };
  const rule = widths.map((width) => '\u2500'.repeat(width)).join(' '.repeat(GAP));
  return [...lines(header), rule, ...rows.flatMap(lines)].join('\n');
}

/** Pieces of at most so many columns, broken behind a space, comma or slash where one stands in the second half. */
function breakText(text: string, width: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (widthOf(rest) > width) {
    let [piece, good] = ['', 0];
    for (const letter of rest) {
      if (piece !== '' && widthOf(piece + letter) > width) break;
      piece += letter;
      if (/[\s,/]/.test(letter) && widthOf(piece) * 2 > width) good = piece.length;
    }
    const end = good === 0 ? piece.length : good;
    pieces.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...pieces, rest];
}

function pad(text: string, width: number, column: number): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return column === 0 ? text + space : space + text;
}
