/** `tokens####[([0, 1], …, 'POS')]`: word numbers instead of words, as ASTE-Data-V2 and UABSA have them. */
import { type Literal, readLiteral } from '../literal.js';
import { type ImportedRow, type ImportedTuple, RowFault, type Span } from '../row.js';
import { spanOfTokens, tokenBounds } from '../spans.js';
import { cutAtMark } from './hash-lines.js';

/** @throws RowFault where the line does not have the form */
export function readIndexRow(
  line: string,
  number: number,
  elements: readonly ('term' | 'opinion')[],
): ImportedRow {
  const [text, annotation] = cutAtMark(line);
  const value = readLiteral(annotation);
  if (!Array.isArray(value)) throw new RowFault('the annotation is not a list');
  const tokens = tokenBounds(text);
  const tuples = (value as Literal[]).map((item): ImportedTuple => {
    const parts = Array.isArray(item) ? (item as Literal[]) : [];
    const polarity = parts.at(-1);
    if (parts.length !== elements.length + 1 || typeof polarity !== 'string') {
      throw new RowFault(`a tuple should hold ${elements.length} lists of word numbers and a polarity`);
    }
    const spans = elements.map((name, at) => [name, spanOfIndices(text, tokens, parts[at])] as const);
    return { ...Object.fromEntries(spans), polarity };
  });
  return { line: number, text, tuples };
}

function spanOfIndices(
  text: string,
  tokens: readonly (readonly [number, number])[],
  indices: Literal | undefined,
): Span {
  const numbers = Array.isArray(indices) ? (indices as Literal[]) : [];
  const [first] = numbers;
  if (typeof first !== 'number' || numbers.some((number, at) => number !== first + at)) {
    throw new RowFault(`${JSON.stringify(indices)} should be word numbers without a gap`);
  }
  return spanOfTokens(text, tokens, first, first + numbers.length);
}
