/**
 * Three lines a tuple: the sentence with `$T$` where the term stands, the term, the polarity
 * (-1, 0, 1; -100 and -999 are no label). Neighbours of one sentence are one row.
 *
 *     The $T$ was cold .
 *     soup
 *     -1
 */
import type { Importer } from '../importer.js';
import { joinNeighbours } from '../source.js';
import { NO_LABEL, readTriples, startsWithTriples } from './three-lines.js';

/** What is no label says nothing about the others. */
const firstLabel = (lines: readonly string[]): string => {
  const labels = lines.filter((_, at) => at % 3 === 2).map((line) => line.trim());
  return labels.find((label) => !NO_LABEL.has(label)) ?? labels[0] ?? '';
};

export const seg: Importer = {
  name: 'seg',
  form: 'three lines a tuple: sentence with $T$, term, -1|0|1',
  recognise: ({ lines }) => startsWithTriples(lines) && /^-?\d+$/.test(firstLabel(lines)),
  read: (source) => joinNeighbours(readTriples(source)),
};
