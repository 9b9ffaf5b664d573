/** Interim. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function deviationOf(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

export function signFlipTest(differences: readonly number[]): { p: number; smallestP: number } {
  const n = differences.length;
  const observed = Math.abs(differences.reduce((sum, value) => sum + value, 0));
  let extreme = 0;
  for (let flips = 0; flips < 2 ** n; flips++) {
    let sum = 0;
    differences.forEach((value, index) => {
      sum += (flips >> index) & 1 ? -value : value;
    });
    if (Math.abs(sum) >= observed - 1e-9) extreme++;
  }
  return { p: extreme / 2 ** n, smallestP: 2 / 2 ** n };
}
