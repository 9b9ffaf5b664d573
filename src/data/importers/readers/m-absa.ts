/**
 * M-ABSA: triples as lists in many languages. Quotes inside a string are often not escaped.
 *
 *     La soupe était froide.####[['soupe', 'food quality', 'negative']]
 */
import type { Importer } from '../importer.js';
import { rowsOfLines } from '../source.js';
import { holdsStringRows, readStringRow } from './string-rows.js';

export const mAbsa: Importer = {
  name: 'm-absa',
  form: "lines of sentence####[['term', 'category', 'polarity'], …]",
  recognise: ({ lines }) => holdsStringRows(lines, 3, '['),
  read: (source) => rowsOfLines(source, (text, line) => readStringRow(text, line, 3)),
};
