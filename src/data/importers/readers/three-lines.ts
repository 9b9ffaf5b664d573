/** Records of three lines: sentence with `$T$`, term, polarity. */
import { type Found, type ImportedRow, RowFault, rowOrReject } from '../row.js';
import { readLines, type Source, type TextLine } from '../source.js';
import { codePointsBefore, strip } from '../spans.js';

export const NO_LABEL: ReadonlySet<string> = new Set(['-100', '-999']);

const MARK = '$T$';

/** Whether a file begins with a record of three lines. */
export function startsWithTriples(lines: readonly string[]): boolean {
  return lines[0]?.includes(MARK) === true && lines.length >= 3 && lines[1]?.includes(MARK) !== true;
}

/**
 * The records of a file. Where the rhythm of three slips, the lines up to the next sentence with `$T$` are
 * rejected at the first place, and reading goes on there.
 */
export async function* readTriples(source: Source): AsyncGenerator<Found[]> {
  let record: TextLine[] = [];
  for await (const lines of readLines(source)) {
    const found: Found[] = [];
    for (const line of lines) {
      if ('reason' in line) {
        found.push(line);
        record = [];
        continue;
      }
      const isSentence = line.text.includes(MARK);
      if (isSentence && record.length > 0) found.push(slipped(record, line.number));
      if (isSentence) record = [line];
      else if (record.length === 0)
        found.push({ line: line.number, reason: `a sentence with ${MARK} should stand here` });
      else record.push(line);
      if (record.length < 3) continue;
      const row = rowOrReject(record[0]?.number ?? 0, () => toRow(record));
      if (row !== null) found.push(row);
      record = [];
    }
    yield found;
  }
  if (record.length > 0) yield [slipped(record, null)];
}

function slipped(record: readonly TextLine[], next: number | null): Found {
  const missing = record.length === 1 ? 'term and polarity' : 'polarity';
  const before = next === null ? 'the file ends' : `line ${next} begins the next record`;
  return { line: record[0]?.number ?? 0, reason: `the record lacks its ${missing}: ${before}` };
}

function toRow(record: readonly TextLine[]): ImportedRow {
  const [pattern = '', term = '', polarity = ''] = record.map(({ text }) => strip(text));
  const line = record[0]?.number ?? 0;
  if (record.some(({ number }, at) => number !== line + at))
    throw new RowFault('a blank line stands inside the record');
  const pieces = pattern.split(MARK);
  const text = pieces.join(term);
  const from = codePointsBefore(pattern, pieces[0]?.length ?? 0);
  const span = { text: term, from, to: from + codePointsBefore(term, term.length) };
  return {
    line,
    text,
    tuples: [{ term: span, polarity: NO_LABEL.has(polarity) ? null : polarity }],
    ...(pieces.length > 2 ? { notes: ['several-places'] } : {}),
  };
}
