import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawShare } from '../../../src/data/benchmark/sampling.js';

describe('drawShare', () => {
  it('takes everything, in order, for a share of 1', () => {
    expect(drawShare(5, 1, 42)).toEqual([0, 1, 2, 3, 4]);
    expect(drawShare(0, 0.5, 42)).toEqual([]);
  });

  it('nests: a smaller share is a part of a larger one of the same seed, in order', () => {
    const share = fc.double({ min: 0.001, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.nat(500), share, share, fc.nat(), (count, one, other, seed) => {
        const small = drawShare(count, Math.min(one, other), seed);
        const large = drawShare(count, Math.max(one, other), seed);
        expect(large).toEqual([...new Set(large)].sort((a, b) => a - b));
        expect(small.every((index) => large.includes(index))).toBe(true);
        expect(small.length).toBe(count === 0 ? 0 : Math.max(1, Math.floor(count * Math.min(one, other))));
      }),
    );
  });

  it('depends on the seed, and favours no place', () => {
    expect(drawShare(1000, 0.1, 42)).not.toEqual(drawShare(1000, 0.1, 52));
    const hits = new Array<number>(100).fill(0);
    for (let seed = 0; seed < 1000; seed++) for (const index of drawShare(100, 0.3, seed)) hits[index]!++;
    // Six standard deviations around 300.
    for (const count of hits) expect(Math.abs(count - 300)).toBeLessThan(87);
  });

  it('refuses a share outside (0, 1]', () => {
    expect(() => drawShare(10, 0, 1)).toThrow(RangeError);
    expect(() => drawShare(10, 1.5, 1)).toThrow(RangeError);
  });
});
