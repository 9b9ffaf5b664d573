import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanInterval } from '../../../src/scoring/interval.js';

describe('the interval of a mean', () => {
  it("is Student's: mean ± t · s / √n", () => {
    // scipy.stats.t.interval(0.95, n - 1, mean, sem)
    const three = meanInterval([1, 2, 3])!;
    expect(three.low).toBeCloseTo(2 - 4.302653 / Math.sqrt(3), 5);
    expect(three.high).toBeCloseTo(2 + 4.302653 / Math.sqrt(3), 5);
    const reach = (n: number): number => {
      const values = Array.from({ length: n }, (_, index) => (index % 2 === 0 ? 1 : -1));
      const { mean, high } = meanInterval(values)!;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
      return ((high - mean) / deviation) * Math.sqrt(n);
    };
    for (const [n, t] of [
      [10, 2.262157],
      [20, 2.093024],
      [21, 2.085963],
      [41, 2.021075],
      [101, 1.983972],
    ] as const)
      expect(reach(n)).toBeCloseTo(t, 4);
  });

  it('is not given for one or two values', () => {
    expect(meanInterval([])).toBeNull();
    expect(meanInterval([1])).toBeNull();
    expect(meanInterval([1, 2])).toBeNull();
  });

  it('holds the mean, moves with the values, and is a point for equal ones', () => {
    const values = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 3, maxLength: 60 });
    fc.assert(
      fc.property(values, (list) => {
        const { low, mean, high } = meanInterval(list)!;
        expect(low).toBeLessThanOrEqual(mean);
        expect(high).toBeGreaterThanOrEqual(mean);
        const moved = meanInterval(list.map((value) => value + 5))!;
        expect(moved.low).toBeCloseTo(low + 5, 6);
      }),
    );
    expect(meanInterval([4, 4, 4])).toEqual({ low: 4, mean: 4, high: 4 });
  });
});
