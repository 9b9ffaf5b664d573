/** Text from outside (names, reasons, model output) made safe for plain text of one line. */

import { withoutControls } from '../printable.js';

/** One line without control characters, and without space around it. */
export function toOneLine(text: string): string {
  return withoutControls(text).trim();
}

/** Made when first asked: reading its tables costs every command that prints plain ASCII some ten milliseconds. */
let segmenter: Intl.Segmenter | undefined;
const segments = (text: string): Intl.Segments => (segmenter ??= new Intl.Segmenter()).segment(text);

const ZERO_WIDTH = /^[\p{Mark}\p{Format}]+$/u;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;

/** Columns that text takes on a terminal: two for East Asian wide characters and emoji. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segments(text)) {
    if (!ZERO_WIDTH.test(segment)) width += WIDE.test(segment) ? 2 : 1;
  }
  return width;
}

/** Text cut to at most `columns` columns, with an ellipsis where something was cut. */
export function fitTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  for (const { segment } of segments(text)) {
    if (widthOf(kept + segment) > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
