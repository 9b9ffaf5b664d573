import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { spreadOf } from '../../../bench/lib/statistics.js';
import { takeTurns } from '../../../bench/lib/turns.js';

describe('the spread of ratios', () => {
  it('has the middle of an odd and the mean of the middle two of an even number', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3, count: 3 });
    expect(spreadOf([4, 1, 2, 3]).median).toBe(2.5);
    expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7, count: 1 });
    expect(() => spreadOf([])).toThrow(RangeError);
  });

  it('does not depend on the order, and lies between the ends', () => {
    const numbers = fc.array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(numbers, (values) => {
        const { median, min, max, count } = spreadOf(values);
        expect(spreadOf(values.toReversed())).toEqual({ median, min, max, count });
        expect(median).toBeGreaterThanOrEqual(min);
        expect(median).toBeLessThanOrEqual(max);
        expect(values.filter((value) => value <= median).length * 2).toBeGreaterThanOrEqual(count);
      }),
    );
  });
});

describe('taking turns', () => {
  const run = async (pairs: number, budgetSeconds: number, millis: number) => {
    const order: string[] = [];
    const side = (name: string) => async (): Promise<string> => {
      order.push(name);
      await new Promise((resolve) => setTimeout(resolve, millis));
      return name;
    };
    const turns = { ours: side('A'), theirs: side('B'), pairs, budgetSeconds, onPair: () => undefined };
    return { taken: (await takeTurns(turns)).length, order: order.join('') };
  };

  it('goes A B A B', async () => {
    expect(await run(3, 60, 0)).toEqual({ taken: 3, order: 'ABABAB' });
  });

  it('always takes one pair, and no further one that would go over the budget', async () => {
    expect(await run(5, 0, 5)).toEqual({ taken: 1, order: 'AB' });
  });
});
