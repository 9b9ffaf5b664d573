/** Reviews that nobody has answered yet: JSON lines, CSV or Parquet, under the names people give their columns. */
import { hashBytes } from '../../storage/digest.js';
import { isObject, own, type Json } from '../formats/json-values.js';
import type { UnpackOptions } from '../formats/unpack.js';
import { readRawRows } from '../formats/raw-rows.js';
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
  readonly reason: 'not a row' | 'no text' | 'empty';
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
  for await (const { value, line } of readReviewRows(file, options)) yield toReview(value, file, line);
}

/** The raw rows of a file of reviews; null where one is no JSON. */
export async function* readReviewRows(
  file: string,
  options: UnpackOptions = {},
): AsyncGenerator<{ readonly value: unknown; readonly line: number }> {
  if (/\.(csv|tsv)(\.gz|\.zst)?$/i.test(file)) {
    for await (const { value, number } of readCsvRows(file, options)) yield { value, line: number };
    return;
  }
  for await (const rows of readRawRows(file, options)) {
    for (const row of rows) yield { value: 'value' in row ? row.value : parse(row.text), line: row.number };
  }
}

export function isBad(row: Review | BadReview): row is BadReview {
  return 'reason' in row;
}

function parse(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** The review in a raw row. */
export function toReview(value: unknown, file: string, line: number): Review | BadReview {
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
