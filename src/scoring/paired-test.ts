/** Whether two models differ over seeds, by flipping signs, and by how much of their spread. */
import { aggregate } from './aggregate.js';
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

/**
 * Cohen's d of paired differences (d_z): their mean in units of their sample standard deviation.
 * @returns null for fewer than two pairs, or where the differences do not vary
 */
export function effectSize(differences: readonly number[]): number | null {
  const over = aggregate(differences);
  if (over?.standardDeviation == null || over.standardDeviation === 0) return null;
  return over.mean / over.standardDeviation;
}

/** Holm's step-down adjustment of the p-values of one family, in their order; compare each with the level. */
export function adjustByHolm(ps: readonly number[]): number[] {
  const order = ps.map((_, index) => index).sort((a, b) => (ps[a] ?? 0) - (ps[b] ?? 0));
  const adjusted = new Array<number>(ps.length).fill(1);
  let highest = 0;
  for (const [rank, index] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (ps.length - rank) * (ps[index] ?? 1)));
    adjusted[index] = highest;
  }
  return adjusted;
}
