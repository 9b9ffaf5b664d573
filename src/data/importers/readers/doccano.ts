/**
 * doccano's JSON lines: spans with labels, or entities with relations.
 *
 *     {"id": 7, "text": "The soup was cold.", "label": [[4, 8, "negative"]]}
 *     {"id": 7, "text": "The soup was cold.", "entities": [{"id": 1, "label": "aspect-negative", "start_offset": 4,
 *       "end_offset": 8}, {"id": 2, "label": "opinion", "start_offset": 13, "end_offset": 17}],
 *       "relations": [{"from_id": 1, "to_id": 2}]}
 */
import { quoted } from '../../formats/json-values.js';
import { isObject, type Json, own } from '../../formats/json-values.js';
import type { Importer } from '../importer.js';
import { type ImportedRow, RowFault } from '../row.js';
import { placeSpan } from '../spans.js';
import { rowsOfObjects } from './json-objects.js';
import { firstObject } from './jsonl.js';
import { type Region, tuplesOfRegions } from './regions.js';

export const doccano: Importer = {
  name: 'doccano',
  form: '{"text": "…", "label": [[start, end, "label"]]} a line, or with entities and relations',
  recognise: ({ text }) => {
    const first = firstObject(text);
    if (first === null || !('text' in first)) return false;
    const spans = own(first, 'label') ?? own(first, 'labels');
    const hasSpans = Array.isArray(spans) && spans.every((span) => Array.isArray(span));
    return hasSpans || (Array.isArray(own(first, 'entities')) && !('_input_hash' in first));
  },
  read: (source) => rowsOfObjects(source, readExample),
};

function readExample(value: Json, line: number): ImportedRow {
  const [text, id] = [own(value, 'text'), own(value, 'id')];
  if (typeof text !== 'string' || text.trim() === '') throw new RowFault('there is no text');
  const entities = own(value, 'entities');
  const regions = Array.isArray(entities)
    ? entities.map((entity): [string, Region] => readEntity(text, entity))
    : listOf(own(value, 'label') ?? own(value, 'labels')).map((span, at): [string, Region] => [
        String(at),
        Array.isArray(span) ? readSpan(text, span[0], span[1], span[2]) : readSpan(text, null, null, null),
      ]);
  const relations = listOf(own(value, 'relations') ?? []).map((relation) => {
    if (!isObject(relation)) throw new RowFault('a relation should be an object');
    return { from: String(own(relation, 'from_id')), to: String(own(relation, 'to_id')) };
  });
  // Entities come in the order they were stored, which is none: that of the ids is the annotator's.
  regions.sort(([a], [b]) => Number(a) - Number(b));
  const name = typeof id === 'number' || typeof id === 'string' ? { id: String(id) } : {};
  return { line, text, tuples: tuplesOfRegions(new Map(regions), relations), ...name };
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new RowFault('label, labels and relations should be lists');
  return value;
}

function readEntity(text: string, entity: unknown): [string, Region] {
  if (!isObject(entity)) throw new RowFault('an entity should be an object');
  const region = readSpan(text, own(entity, 'start_offset'), own(entity, 'end_offset'), own(entity, 'label'));
  return [String(own(entity, 'id')), region];
}

function readSpan(text: string, from: unknown, to: unknown, label: unknown): Region {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || typeof label !== 'string') {
    throw new RowFault(`${quoted([from, to, label])} should be start, end and label`);
  }
  return { span: placeSpan(text, undefined, from as number, to as number, () => undefined), label };
}
