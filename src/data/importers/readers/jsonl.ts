/**
 * JSON lines, or one JSON list, of sentences with their tuples, or with one tuple an object. The benchmark's
 * own form is one of them.
 *
 *     {"text": "The soup was cold.", "tuples": [{"term": "soup", "category": null, "polarity": "negative"}]}
 *     {"text": "The soup was cold.", "span": "soup", "label": "negative", "ordinal": 0}
 */
import { isObject, type Json, own } from '../../formats/json-values.js';
import { requireColumns } from './columns.js';
import type { Importer, ReadOptions } from '../importer.js';
import { Notes, type ImportedRow, type ImportedTuple, RowFault } from '../row.js';
import { joinNeighbours } from '../source.js';
import { type Columns, type Field, findColumns, looksAnnotated } from './columns.js';
import { partOfRow, tupleOfValues } from './field-values.js';
import { rowsOfObjects } from './json-objects.js';

/** Under which keys a sentence holds its tuples. */
const LISTS = ['tuples', 'labels', 'aspects', 'quads', 'triplets', 'opinions', 'annotations'] as const;

export const jsonl: Importer = {
  name: 'jsonl',
  form: '{"text": "…", "tuples": [{"term", "category", "opinion", "polarity"}]} a line, or one tuple a line',
  recognise: ({ text }) => {
    const first = firstObject(text);
    return first !== null && (listOf(first) !== null || looksAnnotated(Object.keys(first)));
  },
  read: (source, options) => {
    const reader = new ObjectReader(options);
    return joinNeighbours(rowsOfObjects(source, (value, line) => reader.read(value, line, source.path)));
  },
};

/** The first object of JSON lines or of a JSON list, as far as the text shows it whole. */
export function firstObject(text: string): Json | null {
  const start = text.search(/\{/);
  if (start === -1 || !/^\s*\[?\s*$/.test(text.slice(0, start))) return null;
  let depth = 0;
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]]/gs;
  token.lastIndex = start;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [char] = found;
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    if (depth === 0) return parseOrNull(text.slice(start, token.lastIndex));
  }
  return null;
}

function parseOrNull(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function listOf(value: Json): readonly unknown[] | null {
  const key = LISTS.find((name) => Array.isArray(own(value, name)));
  const list = key === undefined ? null : (own(value, key) as unknown[]);
  return list?.every((item) => isObject(item)) === true ? list : null;
}

/** Looks for the names of fields once for every set of keys. */
class ObjectReader {
  readonly #known = new Map<string, Columns>();
  readonly #last: Record<'part' | 'whole', { keys: readonly string[]; columns: Columns } | null> = {
    part: null,
    whole: null,
  };

  constructor(private readonly options: ReadOptions) {}

  read(value: Json, line: number, path: string): ImportedRow {
    const tuples = listOf(value);
    const columns = this.#columnsOf(value, this.options.columns, path);
    if (tuples === null) requireColumns(columns, Object.keys(value), `${path}:${line}`);
    const text = columns.text === undefined ? undefined : own(value, columns.text);
    if (typeof text !== 'string') throw new RowFault('the object has no text');
    if (text.trim() === '') throw new RowFault('the text is empty');
    const notes = new Notes();
    const parts = tuples ?? [value];
    const id = columns.id === undefined ? own(value, 'ID') : own(value, columns.id);
    const review = columns.review === undefined ? undefined : own(value, columns.review);
    return {
      line,
      text,
      tuples: parts
        .map((part) => this.#tuple(text, part as Json, notes.add))
        .filter((tuple) => tuple !== null),
      ...(id === undefined || id === null ? {} : { id: textOf(id) }),
      ...(review === undefined || review === null || review === '' ? {} : { review: textOf(review) }),
      ...partOfRow(columns.part === undefined ? undefined : own(value, columns.part), notes.add),
      notes: notes.list,
    };
  }

  #tuple(text: string, part: Json, note: (name: string) => void): ImportedTuple | null {
    const columns = this.#columnsOf(part, {}, '');
    const valueOf = (field: Field): unknown => {
      const key = this.options.columns[field] ?? columns[field];
      return key === undefined ? undefined : own(part, key);
    };
    return tupleOfValues(text, valueOf, note);
  }

  #columnsOf(value: Json, said: Readonly<Record<string, string>>, path: string): Columns {
    const keys = Object.keys(value);
    const kind = path === '' ? 'part' : 'whole';
    // Mostly the keys are those of the object before.
    const last = this.#last[kind];
    if (last !== null && sameKeys(last.keys, keys)) return last.columns;
    const key = `${kind}\n${keys.join('\n')}`;
    let columns = this.#known.get(key);
    if (columns === undefined) {
      const there = Object.entries(said).filter(([, column]) => keys.includes(column));
      columns = findColumns(keys, Object.fromEntries(there), path);
      if (this.#known.size < 1000) this.#known.set(key, columns);
    }
    this.#last[kind] = { keys, columns };
    return columns;
  }
}

function sameKeys(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((key, at) => key === other[at]);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
