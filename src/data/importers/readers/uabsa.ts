/**
 * UABSA as GAS has it: word numbers of terms; `[]` where there is none.
 *
 *     The soup was cold .####[([1], 'NEG')]
 */
import type { Importer } from '../importer.js';
import { rowsOfLines } from '../source.js';
import { readIndexRow } from './index-rows.js';

export const uabsa: Importer = {
  name: 'uabsa',
  form: "lines of tokens####[([word numbers], 'POS'), …]",
  recognise: ({ lines }) => lines.some((line) => /####\s*\[\s*\(\s*\[[\d\s,]*\]\s*,\s*['"]/.test(line)),
  read: (source) => rowsOfLines(source, (text, line) => readIndexRow(text, line, ['term'])),
};
