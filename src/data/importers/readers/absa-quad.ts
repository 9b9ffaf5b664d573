/**
 * ABSA-QUAD: a sentence and its quadruples as a Python literal; `NULL` is implicit.
 *
 *     the soup was cold .####[['soup', 'food quality', 'negative', 'cold']]
 */
import type { Importer } from '../importer.js';
import { rowsOfLines } from '../source.js';
import { holdsStringRows, readStringRow } from './string-rows.js';

export const absaQuad: Importer = {
  name: 'absa-quad',
  form: "lines of sentence####[['term', 'category', 'polarity', 'opinion'], …]",
  recognise: ({ lines }) => holdsStringRows(lines, 4, '['),
  read: (source) => rowsOfLines(source, (text, line) => readStringRow(text, line, 4)),
};
