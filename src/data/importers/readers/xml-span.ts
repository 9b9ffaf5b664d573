/** Spans whose offsets are attributes of an XML element. */
import { RowFault, type Span } from '../row.js';
import { findSpan, placeSpan } from '../spans.js';

/** @throws RowFault naming the line where an offset is no number */
export function readAttributeSpan(
  text: string,
  words: string,
  attributes: Readonly<Record<string, string>>,
  line: number,
  note: (name: string) => void,
): Span {
  const { from, to } = attributes;
  if (from === undefined || to === undefined) return findSpan(text, words);
  if (!/^\d{1,9}$/.test(from) || !/^\d{1,9}$/.test(to)) {
    throw new RowFault(
      `the offsets ${JSON.stringify(from)} to ${JSON.stringify(to)} are no whole numbers`,
      line,
    );
  }
  return placeSpan(text, words, Number(from), Number(to), note);
}
