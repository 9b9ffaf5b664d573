/**
 * TASD as GAS has it: a sentence and its triples as a Python literal; a term `NULL` is implicit.
 *
 *     The soup was cold .####[('soup', 'food quality', 'negative')]
 */
import type { Importer } from '../importer.js';
import { rowsOfLines } from '../source.js';
import { holdsStringRows, readStringRow } from './string-rows.js';

export const tasd: Importer = {
  name: 'tasd',
  form: "lines of sentence####[('term', 'category', 'polarity'), …]",
  recognise: ({ lines }) => holdsStringRows(lines, 3, '('),
  read: (source) => rowsOfLines(source, (text, line) => readStringRow(text, line, 3)),
};
