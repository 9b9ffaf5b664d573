import { expect, it } from 'vitest';
import { Turns } from '../../../src/rpc/turns.js';

/** Items that are there already: waiting for one gives nobody a turn. */
async function* flood(count: number): AsyncGenerator<number> {
  for (let item = 0; item < count; item++) yield await Promise.resolve(item);
}

it('leaves timers their turn in a flood of messages that take long', async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  const seen: number[] = [];
  const turn = new Turns();
  for await (const item of flood(8)) {
    turn.took();
    const untilMs = performance.now() + 60;
    while (performance.now() < untilMs);
    seen.push(item);
    await turn.dealt();
  }
  clearInterval(timer);
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(turns).toBeGreaterThanOrEqual(4);
});
