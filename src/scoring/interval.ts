/** How far a mean over seeds may be from the mean over all seeds there could be. */
import { aggregate } from './aggregate.js';

export interface MeanInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** With two values Student's factor is 12.7 and the interval says nothing. */
const FEWEST_VALUES = 3;

/** Student's t at 97.5 %, by degrees of freedom from 2 on. */
const STUDENT_T = [
  4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139, 2.200985,
  2.178813, 2.160369, 2.144787, 2.13145, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963,
];
const NORMAL_Z = 1.959964;

/**
 * Student's two-sided 95 % interval of a mean, values taken as independent.
 * @param values one per seed
 * @returns null for fewer than three values
 */
export function meanInterval(values: readonly number[]): MeanInterval | null {
  const over = aggregate(values);
  if (over === null || values.length < FEWEST_VALUES) return null;
  const { mean, standardDeviation, n } = over;
  const reach = (studentT(n - 1) * (standardDeviation ?? 0)) / Math.sqrt(n);
  return { mean, low: mean - reach, high: mean + reach };
}

/** Beyond the table the expansion around the normal distribution is exact to five digits (Abramowitz and Stegun 26.7.5). */
function studentT(degrees: number): number {
  const z = NORMAL_Z;
  const expanded =
    z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
  return STUDENT_T[degrees - 2] ?? expanded;
}
