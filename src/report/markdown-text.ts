/** Text and tables as Markdown (GitHub's flavour). */
import { toOneLine } from './text.js';

/**
 * Text from outside as Markdown that shows exactly that text: no markup, no HTML, no link, no table cell.
 */
export function escapeMarkdown(text: string): string {
  return toOneLine(text)
    .replace(/[\\`*_{}[\]<>#+!|~$^]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/\\</g, '&lt;')
    .replace(/\\>/g, '&gt;')
    .replace(/:(?=\/\/)|@/g, (sign) => (sign === ':' ? '&#58;' : '&#64;'))
    .replace(/www\./gi, (www) => `${www.slice(0, 3)}&#46;`)
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
    .replace(/^[-=]/, '\\$&');
}

/** `left` columns are aligned left, the others right. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  left: number,
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index < left ? ':--' : '--:'))), ...rows.map(line)].join(
    '\n',
  );
}
