import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchQueue, type BatchLimits } from '../../../src/server/batching.js';

function openQueue(limits: Partial<BatchLimits> = {}): {
  queue: BatchQueue<string>;
  clock: { nowMs: number };
} {
  const clock = { nowMs: 0 };
  const whole = { maxBatchTexts: 4, maxWaitingTexts: 100, ...limits };
  return { queue: new BatchQueue<string>(whole, () => clock.nowMs), clock };
}

describe('what the model sees together', () => {
  it('refuses a request whole where its texts do not fit', () => {
    const { queue } = openQueue({ maxWaitingTexts: 3 });
    expect(queue.add('a', [1, 1])).toBe(true);
    expect(queue.add('b', [1, 1])).toBe(false);
    expect(queue.waiting).toBe(2);
    expect(queue.add('c', [1])).toBe(true);
  });

  it('puts texts of like length together and never leaves the oldest behind', () => {
    const { queue } = openQueue({ maxBatchTexts: 2 });
    for (const [name, length] of [
      ['long', 90],
      ['short', 3],
      ['longer', 95],
      ['shorter', 2],
    ] as const)
      queue.add(name, [length]);
    expect(queue.take().map(({ request }) => request)).toEqual(['long', 'longer']);
    expect(queue.take().map(({ request }) => request)).toEqual(['short', 'shorter']);
    expect(queue.take()).toEqual([]);
  });

  it('forgets all texts of a request that is cancelled', () => {
    const { queue } = openQueue();
    queue.add('stays', [1]);
    queue.add('leaves', [1, 2, 3]);
    queue.cancel('leaves');
    expect(queue.take().map(({ request }) => request)).toEqual(['stays']);
  });

  it('knows when a text came', () => {
    const { queue, clock } = openQueue();
    clock.nowMs = 17;
    queue.add('a', [1]);
    expect(queue.take()[0]?.arrivedMs).toBe(17);
  });

  it('tells the refused how long the queue takes at the measured speed, between 1 and 30 seconds', () => {
    const { queue } = openQueue({ maxWaitingTexts: 10_000 });
    expect(queue.retryAfterSeconds()).toBe(1);
    queue.measure(10, 1000);
    queue.add('a', Array<number>(100).fill(1));
    expect(queue.retryAfterSeconds()).toBe(10);
    queue.add('b', Array<number>(9000).fill(1));
    expect(queue.retryAfterSeconds()).toBe(30);
  });
});

describe('any order of requests and batches', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({
        do: fc.constant('add' as const),
        lengths: fc.array(fc.nat(200), { minLength: 1, maxLength: 9 }),
      }),
      fc.record({ do: fc.constant('take' as const) }),
      fc.record({ do: fc.constant('cancel' as const), which: fc.nat(30) }),
    ),
    { maxLength: 60 },
  );

  it('serves every accepted text once, the oldest in the next batch, never more than fit', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 8 }), (script, maxBatchTexts) => {
        const { queue } = openQueue({ maxBatchTexts, maxWaitingTexts: 20 });
        let waiting: string[] = [];
        let requests = 0;
        const take = (): void => {
          const batch = queue.take().map(({ request, index }) => `${request}.${index}`);
          expect(batch.length).toBe(Math.min(maxBatchTexts, waiting.length));
          if (waiting.length > 0) expect(batch).toContain(waiting[0]);
          for (const row of batch) expect(waiting).toContain(row);
          expect(new Set(batch).size).toBe(batch.length);
          waiting = waiting.filter((row) => !batch.includes(row));
        };
        for (const step of script) {
          if (step.do === 'take') take();
          else if (step.do === 'cancel') {
            queue.cancel(`r${step.which}`);
            waiting = waiting.filter((row) => !row.startsWith(`r${step.which}.`));
          } else {
            const name = `r${requests++}`;
            const fits = waiting.length + step.lengths.length <= 20;
            expect(queue.add(name, step.lengths)).toBe(fits);
            if (fits) waiting.push(...step.lengths.map((_, index) => `${name}.${index}`));
          }
          expect(queue.waiting).toBe(waiting.length);
        }
        while (queue.waiting > 0) take();
        expect(waiting).toEqual([]);
      }),
    );
  });
});
