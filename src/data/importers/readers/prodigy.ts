/**
 * Prodigy's JSON lines: only accepted answers count; where two sessions answered one text, the later one does.
 *
 *     {"text": "The soup was cold.", "_input_hash": 1, "spans": [{"start": 4, "end": 8, "label": "NEGATIVE"}],
 *       "answer": "accept", "_timestamp": 7}
 */
import { isObject, type Json, own, quoted } from '../../formats/json-values.js';
import type { Importer } from '../importer.js';
import { type Found, type ImportedRow, RowFault, rowOrReject } from '../row.js';
import type { Source } from '../source.js';
import { placeSpan } from '../spans.js';
import { rowsOfObjects } from './json-objects.js';
import { firstObject } from './jsonl.js';
import { type Region, type Relation, tuplesOfRegions } from './regions.js';

export const prodigy: Importer = {
  name: 'prodigy',
  form: '{"text": "…", "spans": [{start, end, label}], "answer": "accept"} a line',
  recognise: ({ text }) => {
    const first = firstObject(text);
    return first !== null && ('_input_hash' in first || ('spans' in first && 'answer' in first));
  },
  read: readAnswers,
};

/** Answers are given by hand, so all of them fit into memory; each text keeps the place of its first one. */
async function* readAnswers(source: Source): AsyncGenerator<Found[]> {
  const latest = new Map<string, { time: number; found: Found | null }>();
  const rejects: Found[] = [];
  const reading = rowsOfObjects(source, (value, line) => {
    const hash = own(value, '_input_hash') ?? `line ${line}`;
    const time = Number(own(value, '_timestamp') ?? 0);
    const key = JSON.stringify(hash);
    const known = latest.get(key);
    if (known !== undefined && known.time > time) return null;
    const isAccepted = own(value, 'answer') === 'accept';
    latest.set(key, { time, found: isAccepted ? rowOrReject(line, () => readExample(value, line)) : null });
    return null;
  });
  for await (const batch of reading) rejects.push(...batch);
  const answers = [...latest.values()].map(({ found }) => found);
  yield [...rejects, ...answers.filter((found) => found !== null)];
}

function readExample(value: Json, line: number): ImportedRow {
  const text = own(value, 'text');
  if (typeof text !== 'string' || text.trim() === '') throw new RowFault('there is no text');
  const regions = listOf(own(value, 'spans')).map((span) => readSpan(text, span));
  const relations = listOf(own(value, 'relations')).map((relation): Relation => {
    const [head, child] = isObject(relation) ? [own(relation, 'head_span'), own(relation, 'child_span')] : [];
    return { from: keyOf(head), to: keyOf(child) };
  });
  return { line, text, tuples: tuplesOfRegions(new Map(regions), relations) };
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new RowFault('spans and relations should be lists');
  return value;
}

/** Relations name their spans by place and label. */
function keyOf(span: unknown): string {
  if (!isObject(span)) throw new RowFault('a relation has no head_span or no child_span');
  return JSON.stringify([own(span, 'start'), own(span, 'end'), own(span, 'label')]);
}

function readSpan(text: string, span: unknown): [string, Region] {
  const [from, to, label] = isObject(span) ? [own(span, 'start'), own(span, 'end'), own(span, 'label')] : [];
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || typeof label !== 'string') {
    throw new RowFault(`${quoted([from, to, label])} should be start, end and label`);
  }
  const place = placeSpan(text, undefined, from as number, to as number, () => undefined);
  return [keyOf(span), { span: place, label }];
}
