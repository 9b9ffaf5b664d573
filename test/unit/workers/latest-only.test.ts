import { describe, expect, it } from 'vitest';
import { LatestOnly } from '../../../src/workers/latest-only.js';

describe('latest only', () => {
  it('drops what a slow consumer misses and ends with the newest', async () => {
    const seen: number[] = [];
    const waiting: (() => void)[] = [];
    const latest = new LatestOnly<number>(
      (value) => {
        seen.push(value);
        return new Promise<void>((resolve) => waiting.push(resolve));
      },
      () => expect.fail(),
    );
    for (let value = 1; value <= 5; value += 1) latest.offer(value);
    expect(seen).toEqual([1]);
    waiting.shift()?.();
    await new Promise(setImmediate);
    expect(seen).toEqual([1, 5]);
    latest.offer(6);
    latest.stop();
    waiting.shift()?.();
    await new Promise(setImmediate);
    latest.offer(7);
    expect(seen).toEqual([1, 5]);
  });

  it('reports what the consumer throws, and goes on', async () => {
    const errors: unknown[] = [];
    const latest = new LatestOnly<number>(
      (value) => {
        throw new Error(`${value}`);
      },
      (error) => errors.push(error),
    );
    latest.offer(1);
    await new Promise(setImmediate);
    latest.offer(2);
    await new Promise(setImmediate);
    expect(errors.map(String)).toEqual(['Error: 1', 'Error: 2']);
  });
});
