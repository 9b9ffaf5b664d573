/** Several runs as one line of a table. */

export interface Aggregate {
  readonly mean: number;
  /** Sample standard deviation (n − 1); null for a single value, which has no spread. */
  readonly standardDeviation: number | null;
  readonly n: number;
}

/** Mean and spread of values, for example one F1 per seed; null where there are none. */
export function aggregate(values: readonly number[]): Aggregate | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, standardDeviation: null, n };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardDeviation: Math.sqrt(squares / (n - 1)), n };
}
