import { expect, it } from 'vitest';
import { DEFAULT_LIMITS, intervalsOf, REMOTE_LIMITS } from '../../../src/workers/types.js';

it('workers speak as often as ever where they are few, and a thousand say no more than a hundred', () => {
  const { heartbeatSeconds, reportSeconds } = DEFAULT_LIMITS;
  expect(intervalsOf(3)).toEqual({ heartbeatSeconds, reportSeconds });
  for (const workers of [25, 100, 1000, 5000]) {
    const told = intervalsOf(workers);
    expect(workers / told.reportSeconds).toBeLessThanOrEqual(100);
    expect(workers / told.heartbeatSeconds).toBeLessThanOrEqual(200);
  }
  // A beat that gets lost must not cost a worker.
  expect(4 * intervalsOf(1000).heartbeatSeconds).toBeLessThan(REMOTE_LIMITS.orphanAfterSeconds);
});
