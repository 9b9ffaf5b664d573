import { expect, it } from 'vitest';
import { REAL_CLOCK } from '../../../src/teacher/asking/clock.js';

it('waits longer than a timer can be set for, and ends at once on wish', async () => {
  const stop = new AbortController();
  const state = { ended: false };
  const waiting = REAL_CLOCK.sleep(2 ** 40, stop.signal).finally(() => (state.ended = true));
  await new Promise((later) => setTimeout(later, 50));
  expect(state.ended).toBe(false);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
