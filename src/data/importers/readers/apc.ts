/**
 * PyABSA's APC: three lines with words for polarities, or marked sentences (`.inference`).
 *
 *     The $T$ was cold .
 *     soup
 *     Negative
 *
 *     The [B-ASP]soup[E-ASP] was cold . $LABEL$ Negative
 */
import type { Importer } from '../importer.js';
import { type ImportedRow, type ImportedTuple, RowFault } from '../row.js';
import { joinNeighbours, rowsOfLines } from '../source.js';
import { spanAt, stripEnd } from '../spans.js';
import { NO_LABEL, readTriples, startsWithTriples } from './three-lines.js';

const holdsMarks = (line: string): boolean => line.includes('[B-ASP]') && line.includes('[E-ASP]');

export const apc: Importer = {
  name: 'apc',
  form: 'three lines a tuple: sentence with $T$, term, Positive; or [B-ASP]term[E-ASP] … $LABEL$ Positive',
  recognise: ({ lines }) => startsWithTriples(lines) || (lines[0] !== undefined && holdsMarks(lines[0])),
  read: (source) =>
    /^[^\n]*\[B-ASP\]/.test(source.head.trimStart())
      ? rowsOfLines(source, readMarks)
      : joinNeighbours(readTriples(source)),
};

function readMarks(line: string, number: number): ImportedRow {
  const [body = '', label] = line.split('$LABEL$');
  const labels = (label ?? '').split(/[,\s]+/).filter((word) => word !== '');
  const marks = [...body.matchAll(/\[B-ASP\](.*?)\[E-ASP\]/gs)];
  if (labels.length > 1 && labels.length !== marks.length) {
    throw new RowFault(`${labels.length} labels stand for ${marks.length} marked terms`);
  }
  let text = '';
  let at = 0;
  const places = marks.map((mark) => {
    text += body.slice(at, mark.index);
    at = mark.index + mark[0].length;
    const start = text.length;
    text += mark[1] ?? '';
    return [start, text.length] as const;
  });
  text = stripEnd(text + body.slice(at));
  if (text.trim() === '') throw new RowFault('there is no sentence');
  const tuples = places.map(([start, end], index): ImportedTuple => {
    const polarity = labels.length === 1 ? labels[0] : labels[index];
    return {
      term: spanAt(text, start, end),
      polarity: polarity === undefined || NO_LABEL.has(polarity) ? null : polarity,
    };
  });
  const notes = labels.length === 1 && marks.length > 1 ? ['one-label-for-several-marks'] : [];
  return { line: number, text, tuples, notes };
}
