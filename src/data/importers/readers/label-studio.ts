/**
 * Label Studio's exports: JSON (tasks with annotations), JSON_MIN and CSV (`label` alone). The latest
 * annotation that was not cancelled counts; predictions do not; a task that nobody annotated is no row.
 *
 *     [{"id": 7, "data": {"text": "The soup was cold."}, "annotations": [{"result": [
 *       {"id": "a", "type": "labels", "value": {"start": 4, "end": 8, "text": "soup", "labels": ["negative"]}}]}]}]
 */
import { isObject, type Json, own } from '../../formats/json-values.js';
import { headerOf } from '../../formats/table.js';
import type { Importer } from '../importer.js';
import { Notes, type Found, type ImportedRow, RowFault, type Span } from '../row.js';
import type { Source } from '../source.js';
import { placeSpan } from '../spans.js';
import { rowsOfObjects } from './json-objects.js';
import { firstObject } from './jsonl.js';
import { type Region, type Relation, tuplesOfRegions } from './regions.js';
import { rowsOfTable } from './table-rows.js';

const isTable = (head: string): boolean =>
  ['annotation_id', 'label'].every((name) => headerOf(head, ',').includes(name));

export const labelStudio: Importer = {
  name: 'label-studio',
  form: "Label Studio's JSON, JSON_MIN or CSV",
  recognise: ({ text }) => {
    const first = firstObject(text);
    if (first === null)
      return /^\s*\[\s*\{[^{]*"annotations"\s*:\s*\[/.test(text) || (!/^\s*[[{]/.test(text) && isTable(text));
    return 'annotation_id' in first || ('annotations' in first && 'data' in first);
  },
  read: (source, { columns }) =>
    /^\s*[[{]/.test(source.head)
      ? rowsOfObjects(source, (task, line) => readTask(task, line, columns['text']))
      : readTable(source, columns['text']),
};

/** @param textKey under which the caller says the texts stand */
function readTask(task: Json, line: number, textKey: string | undefined): ImportedRow | null {
  const annotations = own(task, 'annotations');
  if (!Array.isArray(annotations)) return readMinimal(task, line, textKey);
  const done = annotations.filter(
    (item): item is Json => isObject(item) && own(item, 'was_cancelled') !== true,
  );
  const latest = done.reduce<Json | null>(
    (best, next) => (best === null || updated(next) >= updated(best) ? next : best),
    null,
  );
  if (latest === null) return null;
  const data = own(task, 'data');
  const text = isObject(data) ? own(data, textKeyOf(data, textKey)) : undefined;
  const notes = done.length > 1 ? ['several-annotations'] : [];
  const result = own(latest, 'result');
  return toRow(line, own(task, 'id'), text, Array.isArray(result) ? result : [], notes);
}

function updated(annotation: Json): string {
  const time = own(annotation, 'updated_at');
  return typeof time === 'string' ? time : '';
}

/** The key of the texts is the project's own: the one that is said, `text`, or the only one that holds a text. */
function textKeyOf(data: Json, said: string | undefined): string {
  if (said !== undefined) return said;
  if (own(data, 'text') !== undefined) return 'text';
  const texts = Object.keys(data).filter((key) => typeof own(data, key) === 'string');
  const [only] = texts;
  if (only !== undefined && texts.length === 1) return only;
  if (texts.length === 0) return 'text';
  throw new RowFault(
    `the texts may stand under ${texts.join(', ')}: say where (--column text=${only ?? 'KEY'})`,
  );
}

/** What the smaller exports say besides. */
const BESIDES = new Set([
  'id',
  'annotator',
  'annotation_id',
  'created_at',
  'updated_at',
  'lead_time',
  'label',
]);

/** JSON_MIN: the regions stand in `label`, or under the name that the project gave its tag, without types. */
function readMinimal(record: Json, line: number, textKey: string | undefined): ImportedRow {
  const data = Object.fromEntries(
    Object.entries(record).filter(([key, value]) => !BESIDES.has(key) && !holdsRegions(value)),
  );
  const label = own(record, 'label') ?? Object.values(record).find(holdsRegions) ?? [];
  const list: unknown = typeof label === 'string' ? parseRegions(label) : label;
  if (!Array.isArray(list)) throw new RowFault('label should be a list of regions');
  const result = list.map((value: unknown, index) => ({ id: String(index), type: 'labels', value }));
  return toRow(line, own(record, 'id'), own(data, textKeyOf(data, textKey)), result, []);
}

function holdsRegions(value: unknown): boolean {
  if (typeof value === 'string') return /^\s*\[\s*\{\s*"start"\s*:/.test(value);
  return Array.isArray(value) && value.some((item) => isObject(item) && 'start' in item && 'labels' in item);
}

function parseRegions(text: string): unknown {
  if (text.trim() === '') return [];
  try {
    return JSON.parse(text);
  } catch {
    throw new RowFault('the cell "label" holds no JSON');
  }
}

function readTable(source: Source, textKey: string | undefined): AsyncGenerator<Found[]> {
  const header = headerOf(source.head, ',');
  return rowsOfTable(source, ',', ({ cells, line }) =>
    readMinimal(Object.fromEntries(header.map((name, at) => [name, cells[at] ?? ''])), line, textKey),
  );
}

function toRow(
  line: number,
  id: unknown,
  text: unknown,
  result: readonly unknown[],
  said: readonly string[],
): ImportedRow {
  const name = typeof id === 'number' || typeof id === 'string' ? String(id) : undefined;
  const task = name === undefined ? '' : `task ${name}: `;
  if (typeof text !== 'string') throw new RowFault(`${task}the export has no text`);
  if (text.trim() === '') throw new RowFault(`${task}the text is empty`);
  const notes = new Notes();
  for (const note of said) notes.add(note);
  try {
    const tuples = tuplesOfRegions(...readResult(text, result, notes.add));
    return { line, text, tuples, ...(name === undefined ? {} : { id: name }), notes: notes.list };
  } catch (fault) {
    throw fault instanceof RowFault ? new RowFault(task + fault.message) : fault;
  }
}

function readResult(
  text: string,
  result: readonly unknown[],
  note: (name: string) => void,
): [ReadonlyMap<string, Region>, Relation[]] {
  const regions = new Map<string, Region>();
  const choices = new Map<string, { polarity?: string; category?: string }>();
  const relations: Relation[] = [];
  for (const item of result.filter((part) => isObject(part))) {
    const id = String(own(item, 'id'));
    const value = own(item, 'value');
    if (own(item, 'type') === 'relation') {
      const pair = { from: String(own(item, 'from_id')), to: String(own(item, 'to_id')) };
      relations.push(own(item, 'direction') === 'left' ? { from: pair.to, to: pair.from } : pair);
    } else if (isObject(value) && Array.isArray(own(value, 'labels'))) {
      regions.set(id, { span: spanOf(text, value, note), label: firstOf(own(value, 'labels')) });
    } else if (isObject(value)) choices.set(id, { ...choices.get(id), ...choiceOf(item, value) });
  }
  for (const [id, choice] of choices) {
    const region = regions.get(id);
    if (region !== undefined) regions.set(id, { ...region, ...choice });
  }
  return [regions, relations];
}

function spanOf(text: string, value: Json, note: (name: string) => void): Span {
  const [start, end, said] = [own(value, 'start'), own(value, 'end'), own(value, 'text')];
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) {
    throw new RowFault('a region has no start or no end');
  }
  return placeSpan(text, typeof said === 'string' ? said : undefined, start as number, end as number, note);
}

function firstOf(list: unknown): string {
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  if (typeof first !== 'string') throw new RowFault('a region has no label');
  return first;
}

/** A taxonomy is a category; choices are a polarity unless their name speaks of the category. */
function choiceOf(item: Json, value: Json): { polarity?: string; category?: string } {
  const taxonomy = own(value, 'taxonomy');
  if (Array.isArray(taxonomy)) {
    const path: unknown = taxonomy[0];
    return Array.isArray(path) ? { category: path.join('#') } : {};
  }
  if (!Array.isArray(own(value, 'choices'))) return {};
  const choice = firstOf(own(value, 'choices'));
  return /categor/i.test(String(own(item, 'from_name'))) ? { category: choice } : { polarity: choice };
}
