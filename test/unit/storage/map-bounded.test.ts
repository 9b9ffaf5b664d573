import { expect, it } from 'vitest';
import { mapBounded } from '../../../src/storage/map-bounded.js';

const pause = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

it('keeps the order, and never has more under way than it may', async () => {
  let [now, most] = [0, 0];
  const doubled = await mapBounded(
    Array.from({ length: 100 }, (_, index) => index),
    async (item) => {
      now += 1;
      most = Math.max(most, now);
      for (let turn = 0; turn < item % 5; turn += 1) await pause();
      now -= 1;
      return 2 * item;
    },
    7,
  );
  expect(doubled).toEqual(Array.from({ length: 100 }, (_, index) => 2 * index));
  expect(most).toBe(7);
  expect(await mapBounded([], async () => await Promise.resolve(1))).toEqual([]);
});

it('throws the first failure and begins nothing after it', async () => {
  let begun = 0;
  const failing = mapBounded(
    Array.from({ length: 50 }, (_, index) => index),
    async (item) => {
      begun += 1;
      await pause();
      if (item === 3) throw new Error('item 3');
    },
    4,
  );
  await expect(failing).rejects.toThrow('item 3');
  await pause();
  expect(begun).toBeLessThan(12);
});
