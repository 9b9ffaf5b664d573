/** Many slots, few of them with work: each is woken for a reason, and none is forgotten. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FsaError } from '../../../src/errors.js';
import { dispatch } from '../../../src/pipelines/run/dispatch.js';
import { DEFAULT_RETRY_POLICY, Schedule, type Decision, type Job } from '../../../src/scheduler/schedule.js';
import { WorkerLeftError } from '../../../src/workers/errors.js';

class Counted extends Schedule<Job> {
  asked = 0;

  override next(slot: string): Decision<Job> {
    this.asked += 1;
    return super.next(slot);
  }
}

const jobsOf = (count: number, models: number): Job[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `j${index}`,
    affinity: `m${index % models}`,
    cost: (index * 7919) % 13,
  }));
const slotsOf = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `s${index}` }));
const tick = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

it('asks no more than twice a slot besides the jobs, however many slots wait for the last ones', async () => {
  const [slots, count] = [300, 600];
  const schedule = new Counted(jobsOf(count, 4), DEFAULT_RETRY_POLICY, () => performance.now());
  const order: string[] = [];
  await dispatch({
    schedule,
    slots: slotsOf(slots),
    executor: {
      open: () =>
        Promise.resolve({
          run: async (job) => {
            order.push(job.id);
            // One after the other at the end, so that all others wait meanwhile.
            for (let turn = 0; turn < order.length % 50; turn += 1) await tick();
          },
          close: () => Promise.resolve(),
        }),
    },
    onFailure: () => Promise.reject(new Error('nothing fails here')),
    signal: new AbortController().signal,
  });
  expect(new Set(order).size).toBe(count);
  expect(schedule.asked).toBeLessThanOrEqual(count + 2 * slots);
});

type Fate = 'ok' | 'lost' | 'left';

it('ends every job whatever fails, on places that give their worker late, lose it or never get one', async () => {
  const fates = fc.array(fc.constantFrom<Fate>('ok', 'ok', 'ok', 'lost', 'left'), {
    minLength: 1,
    maxLength: 40,
  });
  const places = fc.array(fc.constantFrom('there', 'late', 'never', 'refused'), { maxLength: 12 });
  const property = fc.asyncProperty(
    fc.integer({ min: 0, max: 40 }),
    fates,
    places,
    fc.boolean(),
    async (count, fate, kinds, queues) => {
      const slots = ['there', ...(queues ? kinds : [])].map((kind, index) => ({ name: `s${index}`, kind }));
      const schedule = new Counted(jobsOf(count, 3), { ...DEFAULT_RETRY_POLICY, firstDelayMs: 1 }, () =>
        performance.now(),
      );
      const [running, ended] = [new Set<string>(), new Map<string, number>()];
      let [open, attempts] = [0, 0];
      await dispatch({
        schedule,
        slots,
        executor: {
          queues,
          open: async ({ kind }) => {
            if (kind === 'never') await new Promise(() => undefined);
            if (kind === 'late') await new Promise((resolve) => setTimeout(resolve, 2));
            if (kind === 'refused') throw new FsaError('WORKER_LOST', 'No place.');
            open += 1;
            return {
              run: async (job) => {
                expect(running.has(job.id)).toBe(false);
                running.add(job.id);
                const what = fate[attempts++ % fate.length];
                await tick();
                running.delete(job.id);
                if (what === 'lost') throw new FsaError('WORKER_LOST', 'gone');
                // Not always the same one: what leaves for ever would be handed over for ever.
                if (what === 'left' && attempts % 3 === 0)
                  throw new WorkerLeftError('It had to leave.', 'log');
                ended.set(job.id, (ended.get(job.id) ?? 0) + 1);
              },
              close: () => Promise.resolve(void (open -= 1)),
            };
          },
        },
        onFailure: (job, _attempt, _error, willRetry) => {
          if (!willRetry) ended.set(job.id, (ended.get(job.id) ?? 0) + 1);
          return Promise.resolve();
        },
        signal: new AbortController().signal,
      });
      expect([...ended.values()].every((times) => times === 1)).toBe(true);
      expect(ended.size).toBe(count);
      expect(running.size).toBe(0);
      expect(schedule.asked).toBeLessThanOrEqual(3 * attempts + 2 * slots.length);
    },
  );
  await fc.assert(property, { numRuns: 150 });
});
