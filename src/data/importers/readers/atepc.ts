/**
 * PyABSA's ATEPC: a token, its tag and a polarity on every line, a blank line between sentences. A sentence
 * stands once for every term, with the label of that one alone; the copies are one row.
 *
 *     The O -100
 *     soup B-ASP Negative
 *     was O -100
 */
import type { Importer } from '../importer.js';
import { type Found, type ImportedRow, type ImportedTuple, isReject, RowFault, rowOrReject } from '../row.js';
import { readLines, type Source, type TextLine } from '../source.js';
import { spanAt } from '../spans.js';
import { NO_LABEL } from './three-lines.js';

/** A token may hold any white space but the one that separates. */
const TOKEN = /^(.*\S) +(O|[BI]-ASP) +(\S+)\s*$/s;

export const atepc: Importer = {
  name: 'atepc',
  form: 'a line for every token: token B-ASP|I-ASP|O polarity|-100',
  recognise: ({ text, lines }) =>
    lines.length > 0 && lines.slice(0, 3).every((line) => TOKEN.test(line)) && !/^\s*\[?\s*\{/.test(text),
  read: (source) => joinCopies(readBlocks(source)),
};

async function* readBlocks(source: Source): AsyncGenerator<Found[]> {
  let block: TextLine[] = [];
  const close = (): Found | null => {
    const lines = block;
    block = [];
    return lines[0] === undefined ? null : rowOrReject(lines[0].number, () => readBlock(lines));
  };
  for await (const lines of readLines(source)) {
    const found: Found[] = [];
    for (const line of lines) {
      const number = 'reason' in line ? line.line : line.number;
      // Blank lines do not come at all: a gap in the numbers is one.
      const before = block.at(-1);
      const row = before !== undefined && number > before.number + 1 ? close() : null;
      if (row !== null) found.push(row);
      if ('reason' in line) found.push(line);
      else block.push(line);
    }
    yield found;
  }
  const last = close();
  if (last !== null) yield [last];
}

function readBlock(lines: readonly TextLine[]): ImportedRow {
  const tokens = lines.map(({ text, number }) => {
    const [, token, tag, label] = TOKEN.exec(text) ?? [];
    if (token === undefined || tag === undefined || label === undefined) {
      throw new RowFault(
        `${JSON.stringify(text.slice(0, 60))} is not of the form "token B-ASP|I-ASP|O label"`,
        number,
      );
    }
    if (tag === 'O' && !NO_LABEL.has(label)) {
      throw new RowFault(`the label ${JSON.stringify(label)} stands on a token that is tagged O`, number);
    }
    return { token, tag, label };
  });
  const text = tokens.map(({ token }) => token).join(' ');
  const marks: { from: number; to: number; label: string }[] = [];
  let start = 0;
  let before = 'O';
  for (const { token, tag, label } of tokens) {
    const end = start + token.length;
    const open = marks.at(-1);
    if (tag === 'B-ASP') marks.push({ from: start, to: end, label });
    else if (tag === 'I-ASP' && before !== 'O' && open !== undefined) open.to = end;
    before = tag === 'I-ASP' && before === 'O' ? 'O' : tag;
    start = end + 1;
  }
  const tuples = marks.map(({ from, to, label }) => ({
    term: spanAt(text, from, to),
    polarity: NO_LABEL.has(label) ? null : label,
  }));
  return { line: lines[0]?.number ?? 0, text, tuples };
}

/** Neighbouring copies of one sentence: every term once, with the label that some copy gives it. */
async function* joinCopies(batches: AsyncGenerator<Found[]>): AsyncGenerator<Found[]> {
  const open: { row: ImportedRow | null } = { row: null };
  for await (const batch of batches) {
    const ready: Found[] = [];
    for (const found of batch) {
      const { row } = open;
      if (isReject(found)) ready.push(found);
      else if (row?.text === found.text) open.row = { ...row, tuples: mergeTuples(row, found) };
      else {
        if (row !== null) ready.push(row);
        open.row = found;
      }
    }
    yield ready;
  }
  if (open.row !== null) yield [open.row];
}

function mergeTuples(row: ImportedRow, copy: ImportedRow): ImportedTuple[] {
  const byPlace = new Map<string, ImportedTuple>();
  for (const tuple of [...row.tuples, ...copy.tuples]) {
    const place = `${tuple.term?.from ?? ''}-${tuple.term?.to ?? ''}`;
    const known = byPlace.get(place);
    if (known?.polarity === null || known?.polarity === undefined) byPlace.set(place, tuple);
  }
  return [...byPlace.values()].sort((a, b) => (a.term?.from ?? 0) - (b.term?.from ?? 0));
}
