/** Reviews that nobody has answered yet: JSON lines, CSV or Parquet, under the names people give their columns. */
import { hashBytes } from '../../storage/digest.js';
import { isObject, own, type Json } from '../formats/json-values.js';
import type { UnpackOptions } from '../formats/unpack.js';
import type { Line } from '../formats/lines.js';
import { readRawRows } from '../formats/raw-rows.js';
import { readRowJson, type RowJson } from '../formats/row-json.js';
import { readCsvRows } from './csv-rows.js';

export interface Review {
  readonly id: string;
  readonly text: string;
  /** From 1 to 5; null where the file does not say. */
  readonly stars: number | null;
  readonly file: string;
  /** 1-based; in a Parquet file the number of the row. */
  readonly line: number;
}

/** A row that is no review, and why. */
export interface BadReview {
  readonly file: string;
  readonly line: number;
  readonly reason: Fault | 'no text' | 'empty';
}

/** Why a row cannot be looked into. */
type Fault = 'not a row' | 'a key twice' | 'more cells than the header';

/** A row before anyone looks inside. */
interface ReviewRow {
  readonly value: unknown;
  /** 1-based; in a Parquet file the number of the row. */
  readonly line: number;
  /** Null where the value is whole. */
  readonly fault: Fault | null;
}

/** Names of columns, the first that a row has counts; case does not. */
const TEXT = [
  'text',
  'review',
  'review_text',
  'reviewtext',
  'review_body',
  'reviewbody',
  'body',
  'content',
  'sentence',
];
const ID = ['id', 'review_id', 'reviewid', 'uid'];
const STARS = ['overall', 'stars', 'rating', 'star_rating', 'score'];

/**
 * The reviews of a file in their order.
 * @throws FsaError DATA where the file as a whole cannot be read
 */
export async function* readReviews(
  file: string,
  options: UnpackOptions = {},
): AsyncGenerator<Review | BadReview> {
  for await (const row of readReviewRows(file, options)) yield toReview(row, file);
}

/** The raw rows of a file of reviews. */
export async function* readReviewRows(file: string, options: UnpackOptions = {}): AsyncGenerator<ReviewRow> {
  if (/\.(csv|tsv)(\.gz|\.zst)?$/i.test(file)) {
    for await (const { value, line } of readCsvRows(file, options)) {
      yield { value, line, fault: value === null ? 'more cells than the header' : null };
    }
    return;
  }
  for await (const rows of readRawRows(file, options)) {
    for (const row of rows) {
      yield 'value' in row ? { value: row.value, line: row.number, fault: null } : readLine(row);
    }
  }
}

export function isBad(row: Review | BadReview): row is BadReview {
  return 'reason' in row;
}

function readLine({ text, number: line }: Line): ReviewRow {
  const read: RowJson | null = text === null ? null : readRowJson(text);
  if (read !== null && 'value' in read) return { value: read.value, line, fault: null };
  return { value: null, line, fault: read?.fault === 'repeated-key' ? 'a key twice' : 'not a row' };
}

/** The review in a raw row. */
export function toReview({ value, line, fault }: ReviewRow, file: string): Review | BadReview {
  if (fault !== null) return { file, line, reason: fault };
  if (!isObject(value)) return { file, line, reason: 'not a row' };
  const text = pickFirst(value, TEXT);
  if (typeof text !== 'string') return { file, line, reason: 'no text' };
  if (text.trim() === '') return { file, line, reason: 'empty' };
  const id = pickFirst(value, ID);
  const named = (typeof id === 'string' && id.trim() !== '') || typeof id === 'number';
  return {
    id: named ? String(id) : hashBytes(text).slice(0, 16),
    text,
    stars: readStars(pickFirst(value, STARS)),
    file,
    line,
  };
}

/** The value under the first of these names that is there, whatever their case. */
export function pickFirst(row: Json, names: readonly string[]): unknown {
  for (const name of names) {
    const key = Object.keys(row).find((candidate) => candidate.toLowerCase() === name);
    const value = key === undefined ? null : own(row, key);
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

function readStars(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && number >= 1 && number <= 5 ? number : null;
}
