/** The order of aspects in a target. */
import type { BenchmarkAspect } from './example.js';
import type { TargetOrder } from './vocabulary.js';

/**
 * Aspects by numeric position of their terms, or as published, where offsets that the file has as strings
 * are compared as strings ("10" before "9").
 */
export function orderByTerm(aspects: readonly BenchmarkAspect[], order: TargetOrder): BenchmarkAspect[] {
  return [...aspects].sort(order === 'text' ? compareNumeric : comparePublished);
}

/** Aspects by where the first of their words stand; wholly implicit ones come first. */
export function orderByFirstWord(aspects: readonly BenchmarkAspect[]): BenchmarkAspect[] {
  return [...aspects].sort(
    (a, b) => firstWordOf(a) - firstWordOf(b) || (a.opinion?.from ?? 0) - (b.opinion?.from ?? 0),
  );
}

function firstWordOf({ term, from, opinion }: BenchmarkAspect): number {
  return term === null ? (opinion?.from ?? 0) : from;
}

function compareNumeric(a: BenchmarkAspect, b: BenchmarkAspect): number {
  return a.from - b.from || a.to - b.to;
}

function comparePublished(a: BenchmarkAspect, b: BenchmarkAspect): number {
  return compareRaw(a.fromRaw, b.fromRaw) || compareRaw(a.toRaw, b.toRaw);
}

function compareRaw(a: string | number | null, b: string | number | null): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return Number(a ?? 0) - Number(b ?? 0);
}
