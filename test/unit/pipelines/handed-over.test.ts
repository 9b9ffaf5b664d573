import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../src/pipelines/run/failures.js';
import { DEFAULT_RETRY_POLICY, Schedule } from '../../../src/scheduler/schedule.js';
import { WorkerLeftError } from '../../../src/workers/errors.js';

describe('a job that a leaving worker hands over', () => {
  it('is tried again as often as that happens, and its real failures still count', () => {
    let now = 0;
    const schedule = new Schedule([{ id: 'a', affinity: 'm', cost: 1 }], DEFAULT_RETRY_POLICY, () => now);
    const left = failureOf(new WorkerLeftError('It had to leave.', 'log'));
    for (let time = 1; time <= 20; time += 1) {
      now += 1000;
      expect(schedule.next('slot')).toMatchObject({ do: 'run', attempt: time });
      expect(schedule.failed('a', left)).toEqual({ willRetry: true });
    }
    for (const willRetry of [true, true, false]) {
      now += 10_000;
      schedule.next('slot');
      expect(schedule.failed('a', 'worker-lost')).toEqual({ willRetry });
    }
  });
});
