import { describe, expect, it } from 'vitest';
import { aggregate } from '../../../src/scoring/aggregate.js';
import { adjustByHolm, effectSize, testPairs } from '../../../src/scoring/paired-test.js';
import { seededRandom } from '../../../src/scoring/random.js';
import {
  intervalOf,
  numberUnits,
  pOfDifferences,
  resampleMeans,
  type ResampleOptions,
  type SentenceCounts,
} from '../../../src/scoring/resample.js';

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

describe('effectSize', () => {
  it('is the mean difference in units of its spread', () => {
    // x = numpy.array([...]); x.mean() / x.std(ddof=1)
    expect(effectSize([0.021, 0.013, -0.004, 0.017, 0.009])).toBeCloseTo(1.1664135661827972, 12);
  });

  it('says nothing where nothing varies', () => {
    expect(effectSize([0.5])).toBeNull();
    expect(effectSize([0.5, 0.5])).toBeNull();
  });
});

describe('adjustByHolm', () => {
  it('steps down through the family, in the order given', () => {
    // o = numpy.argsort(p); adjusted[o] = min(1, maximum.accumulate((n - arange(n)) * p[o]))
    expect(adjustByHolm([0.01, 0.04, 0.03, 0.005, 0.6]).map((p) => +p.toFixed(12))).toEqual([
      0.04, 0.09, 0.09, 0.025, 0.6,
    ]);
    expect(adjustByHolm([0.7, 0.9])).toEqual([1, 1]);
    expect(adjustByHolm([])).toEqual([]);
  });
});

describe('resampleMeans', () => {
  /**
   * Two models, three seeds, as in the reference:
   *   i = numpy.arange(n); gold = 1 + i % 3
   *   correct = numpy.minimum(gold, (i * 7 + s * 11 + m * (i % 5 == 0) + i * i % 13) % 4)
   *   predicted = correct + ((i * 5 + s * 3 + m) % 3 == 0)
   */
  const cellsOf = (n: number): SentenceCounts[] =>
    [0, 1].flatMap((m) =>
      [0, 1, 2].map((s) => {
        const all = Array.from({ length: n }, (_, i) => i);
        const gold = all.map((i) => 1 + (i % 3));
        const correct = all.map((i) =>
          Math.min(gold[i]!, (i * 7 + s * 11 + m * Number(i % 5 === 0) + ((i * i) % 13)) % 4),
        );
        const predicted = all.map((i) => correct[i]! + Number((i * 5 + s * 3 + m) % 3 === 0));
        return { correct, predicted, found: correct, gold };
      }),
    );
  const SETS = [
    [0, 1, 2],
    [3, 4, 5],
  ];
  const differences = (n: number, options: ResampleOptions) => {
    const [first, second] = resampleMeans(cellsOf(n), SETS, options);
    return second!.map((value, index) => value - first![index]!);
  };

  it('agrees with scipy.stats.bootstrap over sentences', () => {
    // 200,000 samples, method='percentile': mean over seeds of 2 * correct / (predicted + gold), model 1 less model 0
    const samples = differences(60, { seed: 3 });
    expect(samples).toHaveLength(10_000);
    const { low, high } = intervalOf(samples);
    // Four standard errors of a 2.5 % quantile of 10,000 samples are about 0.0025 here.
    expect(Math.abs(low - -0.035170407)).toBeLessThan(0.0025);
    expect(Math.abs(high - 0.054668423)).toBeLessThan(0.0025);
    expect(Math.abs(pOfDifferences(samples) - 0.72227)).toBeLessThan(0.04);
  });

  it('draws the sentences of a review together', () => {
    // The same by numpy, units of four sentences: another spread than over single sentences.
    const units = numberUnits(Array.from({ length: 60 }, (_, i) => `review ${Math.floor(i / 4)}`));
    const { low, high } = intervalOf(differences(60, { units, seed: 3 }));
    expect(Math.abs(low - -0.0203217)).toBeLessThan(0.002);
    expect(Math.abs(high - 0.03927158)).toBeLessThan(0.002);
  });

  it('follows the exact distribution over all resamples of six sentences', () => {
    // itertools.product(range(6), repeat=6)
    const samples = differences(6, { seed: 1 });
    const share = (holds: (value: number) => boolean) => samples.filter(holds).length / samples.length;
    expect(Math.abs(share((value) => value <= 0) - 0.60830332647)).toBeLessThan(0.02);
    expect(Math.abs(share((value) => value >= 0) - 0.41872427983)).toBeLessThan(0.02);
    const { mean, standardDeviation } = aggregate([...samples])!;
    expect(Math.abs(mean - -0.0157986994)).toBeLessThan(0.003);
    expect(Math.abs(standardDeviation! - 0.0723358496)).toBeLessThan(0.002);
  });

  it('counts exactly what the drawn sentences hold, however large the counts', () => {
    const draw = (scale: number) => {
      const cells = cellsOf(40).map((counts) => ({
        correct: Array.from(counts.correct, (n) => n * scale),
        predicted: Array.from(counts.predicted, (n) => n * scale),
        found: Array.from(counts.found, (n) => n * scale),
        gold: Array.from(counts.gold, (n) => n * scale),
      }));
      return resampleMeans(cells, SETS, { samples: 200 });
    };
    // Small counts travel packed, large ones do not: F1 knows no scale.
    const [small, large] = [draw(1), draw(100_000)];
    for (const place of [0, 1]) {
      for (const [at, value] of small[place]!.entries()) expect(large[place]![at]).toBeCloseTo(value, 12);
    }
  });

  it('is seeded, never gives 0, and refuses cells of other sentences', () => {
    expect(differences(20, { seed: 1, samples: 50 })).toEqual(differences(20, { seed: 1, samples: 50 }));
    expect(differences(20, { seed: 1, samples: 50 })).not.toEqual(differences(20, { seed: 2, samples: 50 }));
    expect(pOfDifferences(Float64Array.from({ length: 99 }, () => 1))).toBe(0.02);
    expect(pOfDifferences(new Float64Array(99))).toBe(1);
    const [first] = cellsOf(20);
    expect(() => resampleMeans([first!, cellsOf(19)[0]!], [[0]])).toThrow('same sentences');
    expect(() => resampleMeans([], [])).toThrow('nothing to resample');
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
