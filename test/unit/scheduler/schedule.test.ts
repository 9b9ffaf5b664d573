import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RETRY_POLICY, Schedule, type Failure, type Job } from '../../../src/scheduler/schedule.js';
import { planSlots } from '../../../src/scheduler/slots.js';

const job = (id: string, affinity = 'm', cost = 1): Job => ({ id, affinity, cost });

function scheduleOf(jobs: Job[], policy = {}): { schedule: Schedule<Job>; clock: { ms: number } } {
  const clock = { ms: 0 };
  return { schedule: new Schedule(jobs, { ...DEFAULT_RETRY_POLICY, ...policy }, () => clock.ms), clock };
}

describe('Schedule', () => {
  it('hands out the longest job first and keeps a slot on its model', () => {
    const { schedule } = scheduleOf([job('a', 'x', 1), job('b', 'x', 5), job('c', 'y', 9), job('d', 'y', 2)]);
    expect(schedule.next('one')).toMatchObject({ job: { id: 'c' } });
    expect(schedule.next('two')).toMatchObject({ job: { id: 'b' } });
    schedule.succeeded('c');
    expect(schedule.next('one')).toMatchObject({ job: { id: 'd' } });
    expect(schedule.next('two')).toMatchObject({ job: { id: 'a' } });
    expect(schedule.next('two')).toEqual({ do: 'wait', milliseconds: null });
  });

  it('tries again after a lost worker, later each time, and gives up in the end', () => {
    const { schedule, clock } = scheduleOf([job('a')]);
    for (const delay of [500, 1000]) {
      expect(schedule.next('s')).toMatchObject({ do: 'run' });
      expect(schedule.failed('a', 'worker-lost')).toEqual({ willRetry: true });
      expect(schedule.next('s')).toEqual({ do: 'wait', milliseconds: delay });
      clock.ms += delay;
    }
    expect(schedule.next('s')).toMatchObject({ do: 'run', attempt: 3 });
    expect(schedule.failed('a', 'worker-lost')).toEqual({ willRetry: false });
    expect(schedule.next('s')).toEqual({ do: 'stop' });
  });

  it('does not try a final failure again, and others go on', () => {
    const { schedule } = scheduleOf([job('a'), job('b')]);
    schedule.next('s');
    expect(schedule.failed('a', 'final')).toEqual({ willRetry: false });
    expect(schedule.next('s')).toMatchObject({ job: { id: 'b' } });
  });

  it('stops at the first final failure when told to fail fast', () => {
    const { schedule } = scheduleOf([job('a'), job('b')], { failFast: true });
    schedule.next('s');
    schedule.failed('a', 'final');
    expect(schedule.next('s')).toEqual({ do: 'stop' });
  });

  it('ends every job exactly once, whatever fails on however many slots', () => {
    const failures = fc.constantFrom<Failure | 'ok'>('ok', 'worker-lost', 'retryable', 'final');
    const property = fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 20 }),
      fc.infiniteStream(failures),
      (slots, count, outcomes) => {
        const { schedule, clock } = scheduleOf(
          Array.from({ length: count }, (_, index) => job(`j${index}`, `m${index % 3}`, index % 4)),
        );
        const running = new Map<string, string>();
        const attempts = new Map<string, number>();
        for (let turn = 0; turn < 10_000 && schedule.unfinished > 0; turn += 1) {
          const slot = `s${turn % slots}`;
          const busy = running.get(slot);
          if (busy !== undefined) {
            const outcome = outcomes.next().value as Failure | 'ok';
            running.delete(slot);
            if (outcome === 'ok') schedule.succeeded(busy);
            else schedule.failed(busy, outcome);
            continue;
          }
          const decision = schedule.next(slot);
          if (decision.do === 'wait') clock.ms += decision.milliseconds ?? 0;
          if (decision.do !== 'run') continue;
          expect([...running.values()]).not.toContain(decision.job.id);
          running.set(slot, decision.job.id);
          attempts.set(decision.job.id, (attempts.get(decision.job.id) ?? 0) + 1);
          expect(decision.attempt).toBe(attempts.get(decision.job.id));
        }
        expect(schedule.unfinished).toBe(0);
        expect([...attempts.values()].every((tries) => tries <= DEFAULT_RETRY_POLICY.attemptsAfterLoss)).toBe(
          true,
        );
      },
    );
    fc.assert(property, { numRuns: 200 });
  });
});

describe('planSlots', () => {
  const request = { device: 'auto', parallel: 4, perGpu: 2, threads: null } as const;

  it('divides CPU threads evenly, with one at least', () => {
    expect(planSlots({ cores: 8, gpus: [] }, request).map(({ threads }) => threads)).toEqual([2, 2, 2, 2]);
    expect(
      planSlots({ cores: 2, gpus: [] }, { ...request, parallel: 3 }).map(({ threads }) => threads),
    ).toEqual([1, 1, 1]);
  });

  it('fills every GPU once before any twice', () => {
    const slots = planSlots({ cores: 8, gpus: ['0', '3'] }, { ...request, parallel: 3 });
    expect(slots.map(({ name, visibleGpu }) => [name, visibleGpu])).toEqual([
      ['gpu-0.1', '0'],
      ['gpu-3.1', '3'],
      ['gpu-0.2', '0'],
    ]);
  });

  it('has no slot where CUDA is asked for and there is none', () => {
    expect(planSlots({ cores: 8, gpus: [] }, { ...request, device: 'cuda' })).toEqual([]);
  });
});
