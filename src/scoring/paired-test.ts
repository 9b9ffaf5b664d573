/** Whether two models differ: over seeds by flipping signs, over sentences by resampling. */
import type { DuplicateRule } from '../tasks/vocabulary.js';
import { addCounts, type Counts, emptyCounts } from './count.js';
import { metricsOf } from './metrics.js';
import { seededRandom } from './random.js';

export interface PairedTest {
  /** Mean difference. */
  readonly difference: number;
  /** Two-sided p-value. */
  readonly p: number;
  readonly n: number;
  /** `exact` tried every way to flip the signs, `sampled` a seeded sample of them. */
  readonly method: 'exact' | 'sampled';
}

/** 2^15 sums are done at once; beyond that a sample is as good as anybody can read. */
const LARGEST_EXACT = 15;
const FLIPS_SAMPLED = 100_000;

/**
 * Two-sided sign-flip (Fisher–Pitman) test of paired differences, one per seed: if the models were alike,
 * each difference might as well have the other sign. The p-value is the share of all sign patterns whose
 * mean is at least as far from 0. With n pairs it cannot fall below 2 / 2^n: five seeds can give 0.0625 at
 * best. Beyond 15 pairs the patterns are sampled, and p = (hits + 1) / (samples + 1).
 * @returns null where there are no pairs
 */
export function testPairs(differences: readonly number[], seed = 0): PairedTest | null {
  const n = differences.length;
  if (n === 0) return null;
  const sum = differences.reduce((total, value) => total + value, 0);
  const scale = differences.reduce((total, value) => total + Math.abs(value), 0);
  // Patterns that differ only in rounding are equally far out.
  const limit = Math.abs(sum) - scale * 1e-12;
  const difference = sum / n;
  if (n <= LARGEST_EXACT) {
    const patterns = 2 ** n;
    let hits = 0;
    for (let pattern = 0; pattern < patterns; pattern++) {
      const flipped = sumOf(differences, (index) => ((pattern >>> index) & 1) === 1);
      if (Math.abs(flipped) >= limit) hits++;
    }
    return { difference, p: hits / patterns, n, method: 'exact' };
  }
  const random = seededRandom(seed);
  let hits = 0;
  for (let sample = 0; sample < FLIPS_SAMPLED; sample++) {
    if (Math.abs(sumOf(differences, () => random() < 0.5)) >= limit) hits++;
  }
  return { difference, p: (hits + 1) / (FLIPS_SAMPLED + 1), n, method: 'sampled' };
}

function sumOf(values: readonly number[], isFlipped: (index: number) => boolean): number {
  let sum = 0;
  for (const [index, value] of values.entries()) sum += isFlipped(index) ? -value : value;
  return sum;
}

export interface Interval {
  /** F1 of the second model minus F1 of the first, averaged over seeds. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** For example 0.95. */
  readonly level: number;
  readonly samples: number;
}

export interface BootstrapOptions {
  readonly duplicates?: DuplicateRule;
  readonly level?: number;
  readonly samples?: number;
  readonly seed?: number;
}

/**
 * Percentile interval of the F1 difference by paired bootstrap over sentences (Efron; Berg-Kirkpatrick
 * et al. 2012): the same sentences are drawn for both models and all seeds, and F1 is counted anew.
 * @param first counts of the first model, one list per seed, one entry per sentence
 * @param second counts of the second model over the same sentences, in the same order
 */
export function bootstrapDifference(
  first: readonly (readonly Counts[])[],
  second: readonly (readonly Counts[])[],
  options: BootstrapOptions = {},
): Interval {
  const { duplicates = 'each', level = 0.95, samples = 2000, seed = 0 } = options;
  const sentences = first[0]?.length ?? 0;
  if (second.length === 0 || sentences === 0) throw new RangeError('both models need at least one sentence');
  if ([...first, ...second].some((counts) => counts.length !== sentences)) {
    throw new RangeError('both models must have the same sentences');
  }
  const differenceOver = (drawn: Int32Array): number =>
    meanF1(second, drawn, duplicates) - meanF1(first, drawn, duplicates);
  const random = seededRandom(seed);
  const drawn = Int32Array.from({ length: sentences }, (_, index) => index);
  const difference = differenceOver(drawn);
  const resampled = Float64Array.from({ length: samples }, () => {
    for (let index = 0; index < sentences; index++) drawn[index] = Math.floor(random() * sentences);
    return differenceOver(drawn);
  }).sort();
  const tail = (1 - level) / 2;
  return {
    difference,
    low: quantile(resampled, tail),
    high: quantile(resampled, 1 - tail),
    level,
    samples,
  };
}

function meanF1(seeds: readonly (readonly Counts[])[], drawn: Int32Array, duplicates: DuplicateRule): number {
  let sum = 0;
  for (const counts of seeds) {
    const total = emptyCounts();
    for (const index of drawn) addCounts(total, counts[index] ?? emptyCounts());
    sum += metricsOf(total, { duplicates }).f1 ?? 0;
  }
  return sum / seeds.length;
}

/** Linear interpolation between order statistics, as NumPy does by default. */
function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
