/** The indexed schedule decides as the plain rule does that looks at every job each time. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEFAULT_RETRY_POLICY, Schedule, type Failure, type Job } from '../../../src/scheduler/schedule.js';

interface Plain {
  readonly job: Job;
  running: boolean;
  ended: boolean;
  attempts: number;
  failures: number;
  notBeforeMs: number;
}

/** The rule, word for word: own affinity, then one that no other slot holds, then cost, then the plan's order. */
function chooseByRule(jobs: readonly Plain[], held: ReadonlyMap<string, string>, slot: string, now: number) {
  const others = new Set([...held].filter(([name]) => name !== slot).map(([, affinity]) => affinity));
  const rank = ({ job }: Plain): number =>
    job.affinity === held.get(slot) ? 0 : others.has(job.affinity) ? 2 : 1;
  return jobs
    .filter((entry) => isReady(entry, now))
    .sort((one, other) => rank(one) - rank(other) || other.job.cost - one.job.cost)[0];
}

const isReady = ({ running, ended, notBeforeMs }: Plain, now: number): boolean =>
  !running && !ended && notBeforeMs <= now;

function nextInMs(jobs: readonly Plain[], now: number): number | null {
  const later = jobs.filter(({ running, ended, notBeforeMs }) => !running && !ended && notBeforeMs > now);
  return later.length === 0 ? null : Math.min(...later.map(({ notBeforeMs }) => notBeforeMs - now));
}

/** Where no job may run: wait for the soonest or for another's end; stop where neither can come. */
function waitByRule(jobs: readonly Plain[], now: number) {
  if (jobs.every(({ ended }) => ended)) return { do: 'stop' };
  return { do: 'wait', milliseconds: nextInMs(jobs, now) };
}

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('ask' as const), slot: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 900 }) }),
    fc.record({
      kind: fc.constant('end' as const),
      pick: fc.nat(),
      outcome: fc.constantFrom<Failure | 'ok'>('ok', 'worker-lost', 'retryable', 'handed-over', 'final'),
    }),
  ),
  { minLength: 1, maxLength: 120 },
);

it('hands out the same jobs in the same order as the plain rule, through failures and delays', () => {
  const property = fc.property(
    fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 3 })), { maxLength: 30 }),
    steps,
    (shapes, script) => {
      const jobs = shapes.map(
        ([affinity, cost], index): Job => ({
          id: `j${index}`,
          affinity: `m${affinity}`,
          cost,
        }),
      );
      let now = 0;
      const schedule = new Schedule(jobs, DEFAULT_RETRY_POLICY, () => now);
      const plain = jobs.map(
        (job): Plain => ({ job, running: false, ended: false, attempts: 0, failures: 0, notBeforeMs: 0 }),
      );
      const held = new Map<string, string>();
      for (const step of script) {
        if (step.kind === 'wait') now += step.ms;
        else if (step.kind === 'ask') {
          const slot = `s${step.slot}`;
          const expected = chooseByRule(plain, held, slot, now);
          const decision = schedule.next(slot);
          if (expected === undefined) {
            expect(decision).toEqual(waitByRule(plain, now));
            continue;
          }
          expected.running = true;
          expected.attempts += 1;
          expect(decision).toEqual({ do: 'run', job: expected.job, attempt: expected.attempts });
          held.set(slot, expected.job.affinity);
        } else {
          const running = plain.filter((entry) => entry.running);
          const entry = running[step.pick % Math.max(1, running.length)];
          if (entry === undefined) continue;
          entry.running = false;
          if (step.outcome === 'ok') schedule.succeeded(entry.job.id);
          const again = step.outcome !== 'ok' && schedule.failed(entry.job.id, step.outcome).willRetry;
          if (step.outcome !== 'handed-over') entry.failures += 1;
          entry.ended = !again;
          entry.notBeforeMs = now + 500 * 2 ** Math.max(0, entry.failures - 1);
        }
        const { length: unfinished } = plain.filter((entry) => !entry.ended);
        expect([schedule.unfinished, schedule.over]).toEqual([unfinished, unfinished === 0]);
        const ready = plain.filter((entry) => isReady(entry, now)).length;
        expect(schedule.outlook()).toEqual({ ready, nextInMs: nextInMs(plain, now) });
      }
    },
  );
  fc.assert(property, { numRuns: 500 });
});
