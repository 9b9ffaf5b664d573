/**
 * ACOS: spans of words (end exclusive; `-1,-1` is implicit), category, 0|1|2 for negative, neutral, positive.
 * Fields stand between tabs, or between `####` as PyABSA has them.
 *
 *     the soup was cold .<TAB>1,2 FOOD#QUALITY 0 3,4
 */
import type { Importer } from '../importer.js';
import { type ImportedRow, type ImportedTuple, RowFault, type Span } from '../row.js';
import { rowsOfLines } from '../source.js';
import { spanOfTokens, tokenBounds } from '../spans.js';

const POLARITIES: Readonly<Record<string, string>> = { '0': 'negative', '1': 'neutral', '2': 'positive' };
const QUAD = /^(-?\d+),(-?\d+) (\S+) (\S+) (-?\d+),(-?\d+)$/;

export const acos: Importer = {
  name: 'acos',
  form: 'lines of sentence<TAB>1,2 CATEGORY 0|1|2 3,4<TAB>…',
  recognise: ({ lines }) =>
    lines.some((line) => /(?:\t|####)\s*-?\d+,-?\d+ \S+ \d -?\d+,-?\d+\s*(?:\t|####|$)/.test(line)),
  read: (source) => rowsOfLines(source, readQuads),
};

function readQuads(line: string, number: number): ImportedRow {
  const [text = '', ...quads] = line.split(line.includes('\t') ? '\t' : '####');
  if (text.trim() === '') throw new RowFault('there is no sentence');
  const tokens = tokenBounds(text);
  const tuples = quads
    .filter((quad) => quad.trim() !== '')
    .map((quad) => readQuad(quad.trim(), text, tokens));
  return { line: number, text, tuples };
}

function readQuad(quad: string, text: string, tokens: readonly (readonly [number, number])[]): ImportedTuple {
  const found = QUAD.exec(quad);
  if (found === null) throw new RowFault(`${JSON.stringify(quad)} is not of the form 1,2 CATEGORY 0 3,4`);
  const [, termFrom = '', termEnd = '', category = '', code = '', opinionFrom = '', opinionEnd = ''] = found;
  const polarity = POLARITIES[code];
  if (polarity === undefined) throw new RowFault(`the polarity ${code} is not 0, 1 or 2`);
  const span = (from: string, end: string): Span | null =>
    Number(from) < 0 ? null : spanOfTokens(text, tokens, Number(from), Number(end));
  return { term: span(termFrom, termEnd), category, opinion: span(opinionFrom, opinionEnd), polarity };
}
