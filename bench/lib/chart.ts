/** A curve as a table with a bar in each row: it reads the same in a terminal and on a page. */
import { markdownTable } from './markdown-table.js';

export interface Point {
  readonly label: string;
  /** The drawn value. */
  readonly value: number;
  /** It, and what belongs to it, as they are to be read. */
  readonly cells: readonly string[];
}

const WIDTH = 24;

export function drawCurve(title: string, head: readonly string[], points: readonly Point[]): string {
  const largest = Math.max(...points.map(({ value }) => value));
  const rows = points.map(({ label, value, cells }) => {
    const bar = '█'.repeat(Math.max(1, Math.round((WIDTH * value) / largest)));
    return [label, ...cells, `\`${bar.padEnd(WIDTH)}\``];
  });
  return `**${title}**\n\n${markdownTable([...head, ''], rows)}`;
}
