/**
 * ASTE-Data-V2: word numbers of term and opinion, counted from 0 between white space.
 *
 *     The soup was cold .####[([1], [3], 'NEG')]
 */
import type { Importer } from '../importer.js';
import { rowsOfLines } from '../source.js';
import { readIndexRow } from './index-rows.js';

export const aste: Importer = {
  name: 'aste',
  form: "lines of tokens####[([term word numbers], [opinion word numbers], 'POS'), …]",
  recognise: ({ lines }) =>
    lines.some((line) => /####\s*\[\s*\(\s*\[[\d\s,]*\]\s*,\s*\[[\d\s,]*\]\s*,\s*['"]/.test(line)),
  read: (source) => rowsOfLines(source, (text, line) => readIndexRow(text, line, ['term', 'opinion'])),
};
