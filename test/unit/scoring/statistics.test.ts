import { describe, expect, it } from 'vitest';
import { aggregate } from '../../../src/scoring/aggregate.js';
import { emptyCounts } from '../../../src/scoring/count.js';
import { bootstrapDifference, testPairs } from '../../../src/scoring/paired-test.js';
import { seededRandom } from '../../../src/scoring/random.js';

describe('aggregate', () => {
  it('is the mean and the sample standard deviation', () => {
    // numpy.mean, numpy.std(ddof=1)
    const { mean, standardDeviation, n } = aggregate([71.2, 70.4, 72.9, 71.7])!;
    expect(mean).toBeCloseTo(71.55, 12);
    expect(standardDeviation).toBeCloseTo(1.047218538160334, 12);
    expect(n).toBe(4);
  });

  it('has no spread for one value and nothing for none', () => {
    expect(aggregate([0.5])).toEqual({ mean: 0.5, standardDeviation: null, n: 1 });
    expect(aggregate([])).toBeNull();
  });
});

describe('testPairs', () => {
  // scipy.stats.permutation_test((d,), numpy.mean, permutation_type='samples', n_resamples=inf)
  it.each([
    [[0.021, 0.013, -0.004, 0.017, 0.009], 0.125],
    [[0.5, -0.2, 0.1, 0.3, 0.05, -0.1, 0.4, 0.2, -0.05, 0.15], 0.10546875],
    [[1, 1, 1, 1, 1], 0.0625],
    [[0.3, -0.3], 1],
    [[0, 0, 0], 1],
    [[0.7], 1],
  ])('%j gives p = %d exactly', (differences, p) => {
    expect(testPairs(differences)).toMatchObject({ p, n: differences.length, method: 'exact' });
    expect(testPairs(differences.map((value) => -value))?.p).toBe(p);
  });

  it('samples the sign patterns of many pairs, seeded', () => {
    const many = [
      0.4, -0.1, 0.2, 0.3, -0.2, 0.1, 0.25, 0.05, -0.15, 0.35, 0.15, -0.05, 0.2, 0.1, -0.3, 0.45, 0.02, -0.08,
    ];
    const result = testPairs(many, 7)!;
    // The exact value by scipy; four standard errors of 100,000 samples are 0.0035.
    expect(Math.abs(result.p - 0.082916259765625)).toBeLessThan(0.0035);
    expect(result.method).toBe('sampled');
    expect(testPairs(many, 7)).toEqual(result);
    expect(testPairs(many, 8)?.p).not.toBe(result.p);
  });

  it('has nothing to say about no pairs', () => expect(testPairs([])).toBeNull());
});

describe('bootstrapDifference', () => {
  /** One pair per sentence: F1 is the share of right ones. */
  const countsOf = (isRight: (index: number) => boolean) =>
    Array.from({ length: 200 }, (_, index) => {
      const hit = Number(isRight(index));
      return { ...emptyCounts(), correct: hit, found: hit, predicted: 1, gold: 1, sentences: 1 };
    });
  const first = countsOf((index) => index % 3 !== 0);
  const second = countsOf((index) => index % 4 !== 0);

  it('agrees with the percentile interval of scipy.stats.bootstrap', () => {
    const interval = bootstrapDifference([first], [second], { samples: 10_000, seed: 3 });
    expect(interval.difference).toBeCloseTo(0.085, 12);
    expect(Math.abs(interval.low - -0.005)).toBeLessThan(0.006);
    expect(Math.abs(interval.high - 0.175)).toBeLessThan(0.006);
  });

  it('is seeded, and narrower at a lower level', () => {
    const at = (seed: number, level: number) =>
      bootstrapDifference([first], [second], { samples: 500, seed, level });
    expect(at(1, 0.95)).toEqual(at(1, 0.95));
    expect(at(1, 0.95)).not.toEqual(at(2, 0.95));
    expect(at(1, 0.5).high).toBeLessThan(at(1, 0.95).high);
  });

  it('finds no difference between a model and itself, and refuses other sentences', () => {
    expect(bootstrapDifference([first, second], [first, second], { samples: 50 })).toMatchObject({
      difference: 0,
      low: 0,
      high: 0,
    });
    expect(() => bootstrapDifference([first], [second.slice(1)])).toThrow('same sentences');
  });
});

describe('seededRandom', () => {
  it('is even over [0, 1), and differs between neighbouring seeds', () => {
    const random = seededRandom(1);
    const tenths = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw++) tenths[Math.floor(random() * 10)]!++;
    // Five standard deviations of a count of 10,000.
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(475);
    expect(seededRandom(1)()).not.toBe(seededRandom(2)());
    expect(seededRandom(1)()).not.toBe(seededRandom(1 + 2 ** 32)());
  });
});
