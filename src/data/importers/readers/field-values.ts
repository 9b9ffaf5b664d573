/** A tuple from named values, as cells of a table or members of a JSON object give them. */
import { type Part, partOfCell } from '../parts.js';
import { quoted } from '../../formats/json-values.js';
import { type ImportedTuple, RowFault, type Span } from '../row.js';
import { findSpan, isImplicit, placeSpan, standsTwice, strip } from '../spans.js';
import type { Field } from './columns.js';

/** Undefined where there is no such column or key. */
export type ValueOf = (field: Field) => unknown;

/**
 * Null where every part is empty: a row that says that its sentence has no tuple.
 * @throws RowFault naming the field and its value
 */
export function tupleOfValues(
  text: string,
  valueOf: ValueOf,
  note: (name: string) => void,
): ImportedTuple | null {
  const polarity = wordOf(valueOf('polarity'), 'polarity');
  const tuple: { -readonly [Key in keyof ImportedTuple]: ImportedTuple[Key] } = {
    polarity: polarity ?? null,
  };
  const term = spanOf(text, 'term', valueOf, ['from', 'to'], note);
  const opinion = spanOf(text, 'opinion', valueOf, ['opinionFrom', 'opinionTo'], note);
  const category = wordOf(valueOf('category'), 'category');
  if (term !== undefined) tuple.term = term;
  if (opinion !== undefined) tuple.opinion = opinion;
  if (category !== undefined) tuple.category = category;
  return tuple.polarity === null && !tuple.term && !tuple.opinion && !tuple.category ? null : tuple;
}

/** The part that a row names for itself, as a member to spread; another word there is told to `note`. */
export function partOfRow(value: unknown, note: (name: string) => void): { readonly part?: Part } {
  if (value === undefined || value === null || value === '') return {};
  const part = typeof value === 'string' ? partOfCell(value) : null;
  note(part === null ? 'part-unknown' : 'part-of-row');
  return part === null ? {} : { part };
}

/** Null for an empty or implicit one. */
function wordOf(value: unknown, field: Field): string | null | undefined {
  if (value === undefined || value === null) return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') throw new RowFault(`${field} should be a text, not ${quoted(value)}`);
  return isImplicit(value) ? null : strip(value);
}

function spanOf(
  text: string,
  field: 'term' | 'opinion',
  valueOf: ValueOf,
  offsets: readonly [Field, Field],
  note: (name: string) => void,
): Span | null | undefined {
  const value = valueOf(field);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const members = isObject ? (value as Record<string, unknown>) : null;
  const words = wordOf(members === null ? value : members['text'], field);
  const from = numberOf(members === null ? valueOf(offsets[0]) : members['from'], offsets[0]);
  const to = numberOf(members === null ? valueOf(offsets[1]) : members['to'], offsets[1]);
  if (words === undefined && (from === null || to === null)) return undefined;
  if (words === null) return null;
  if (from !== null && to !== null) return placeSpan(text, words, from, to, note);
  if (words === undefined) return undefined;
  const ordinal = field === 'term' ? numberOf(valueOf('ordinal'), 'ordinal') : null;
  if (ordinal !== null) return spanOfOrdinal(text, words, ordinal);
  const span = findSpan(text, words);
  if (standsTwice(text, words)) note('several-places');
  return span;
}

/** The n-th occurrence of words, from 0. */
function spanOfOrdinal(text: string, words: string, ordinal: number): Span {
  let at = -1;
  for (let count = 0; count <= ordinal; count++) {
    at = text.indexOf(words, at + 1);
    if (at === -1) throw new RowFault(`${quoted(words)} does not occur ${ordinal + 1} times in the text`);
  }
  return findSpan(text, words, at);
}

function numberOf(value: unknown, field: Field): number | null {
  if (value === undefined || value === null || value === '') return null;
  const number = typeof value === 'string' ? Number(value.trim()) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  throw new RowFault(`${field} should be a whole number from 0 on, not ${quoted(value)}`);
}
