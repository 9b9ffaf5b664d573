/** The budget's one promise: whatever happens to requests, in whatever order, the limit is never exceeded. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Budget, type Hold } from '../../../src/teacher/spending/budget.js';
import { costOf } from '../../../src/teacher/spending/price.js';

const step = fc.record({
  worst: fc.nat(5000),
  /** Of the worst; a server never takes more than its limit on tokens. */
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  end: fc.constantFrom('settle', 'keep', 'release'),
  /** How many of the holds under way end before the next request. */
  ends: fc.nat(4),
});

describe('a budget', () => {
  it('is not exceeded by what was spent and what may have been charged, over 1,000 schedules', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(20_000), fc.array(step, { maxLength: 60 }), async (limit, steps) => {
        const budget = new Budget({ nanoUsd: limit, tokens: null });
        const underWay: (() => void)[] = [];
        const total = (): number => budget.spent.nanoUsd + budget.possiblyCharged.nanoUsd;
        for (const { worst, share, end, ends } of steps) {
          const amount = { nanoUsd: worst, tokens: 1 };
          const reserving = budget.reserve(amount);
          let hold: Hold | null | 'waiting' = await Promise.race([
            reserving,
            Promise.resolve('waiting' as const),
          ]);
          // A request that waits gets its answer when others end.
          while (hold === 'waiting' && underWay.length > 0) {
            underWay.shift()?.();
            hold = await Promise.race([
              reserving,
              new Promise<'waiting'>((later) => setImmediate(() => later('waiting'))),
            ]);
          }
          if (hold === 'waiting') hold = await reserving;
          if (hold !== null) {
            const held = hold;
            const actual = { nanoUsd: Math.floor(worst * share), tokens: 1 };
            underWay.push(() => (end === 'settle' ? held.settle(actual) : held[end]()));
          }
          for (let count = 0; count < ends; count += 1) underWay.shift()?.();
          expect(total()).toBeLessThanOrEqual(limit);
        }
        for (const finish of underWay) finish();
        expect(total()).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 1000 },
    );
  });

  it('lets a request through that waits for another to give room back, and refuses one that nothing can help', async () => {
    const budget = new Budget({ nanoUsd: 100, tokens: null });
    const first = await budget.reserve({ nanoUsd: 80, tokens: 0 });
    const second = budget.reserve({ nanoUsd: 60, tokens: 0 });
    first?.settle({ nanoUsd: 30, tokens: 0 });
    (await second)?.settle({ nanoUsd: 60, tokens: 0 });
    expect(budget.spent.nanoUsd).toBe(90);
    expect(await budget.reserve({ nanoUsd: 11, tokens: 0 })).toBeNull();
    expect(await budget.reserve({ nanoUsd: 10, tokens: 0 })).not.toBeNull();
  });

  it('goes on from what earlier starts have spent and may have been charged', async () => {
    const before = { spent: { nanoUsd: 50, tokens: 5 }, possible: { nanoUsd: 30, tokens: 3 } };
    const budget = new Budget({ nanoUsd: 100, tokens: 10 }, before);
    expect(await budget.reserve({ nanoUsd: 21, tokens: 1 })).toBeNull();
    expect(await budget.reserve({ nanoUsd: 1, tokens: 3 })).toBeNull();
    expect(await budget.reserve({ nanoUsd: 20, tokens: 2 })).not.toBeNull();
  });
});

describe('what tokens cost', () => {
  const price = { input: 0.15, cachedInput: 0.075, output: 0.6, source: 'settings' };

  it('is rounded up to whole nano-dollars, cached tokens at their own price', () => {
    const usage = { inputTokens: 1000, cachedInputTokens: 400, outputTokens: 100 };
    expect(costOf(usage, price)).toEqual({ nanoUsd: 180_000, tokens: 1100 });
    expect(costOf({ inputTokens: 1, cachedInputTokens: 1, outputTokens: 0 }, price).nanoUsd).toBe(75);
    const third = { ...price, input: 0.0001 };
    expect(costOf({ inputTokens: 1, cachedInputTokens: 0, outputTokens: 0 }, third).nanoUsd).toBe(1);
  });
});
