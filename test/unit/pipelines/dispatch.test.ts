import { describe, expect, it } from 'vitest';
import { FsaError } from '../../../src/errors.js';
import { dispatch, type Executor } from '../../../src/pipelines/run/dispatch.js';
import { DEFAULT_RETRY_POLICY, type Job, Schedule } from '../../../src/scheduler/schedule.js';

type Do = (job: Job, attempt: number, slot: string) => Promise<void>;

const jobs = (count: number): Job[] =>
  Array.from({ length: count }, (_, index) => ({ id: `j${index}`, affinity: 'a', cost: 1 }));

/** An executor of this process: seats that write down what is asked of them. */
function executorOf(run: Do, log: string[] = []): Executor<Job, { readonly name: string }> {
  return {
    open: ({ name }) => {
      log.push(`open ${name}`);
      return Promise.resolve({
        run: async (job: Job, attempt: number) => await run(job, attempt, name),
        close: () => Promise.resolve(void log.push(`close ${name}`)),
      });
    },
  };
}

async function drive(
  todo: Job[],
  run: Do,
  { slots = ['s1', 's2'], signal = new AbortController().signal, log = [] as string[] } = {},
): Promise<{ failures: string[]; log: string[] }> {
  const failures: string[] = [];
  const policy = { attemptsAfterLoss: 3, attemptsAfterRetryable: 2, firstDelayMs: 1, failFast: false };
  await dispatch({
    schedule: new Schedule(todo, policy, () => performance.now()),
    slots: slots.map((name) => ({ name })),
    executor: executorOf(run, log),
    onFailure: (job, attempt, error, willRetry) =>
      Promise.resolve(void failures.push(`${job.id}#${attempt} ${error.code}${willRetry ? ' again' : ''}`)),
    signal,
  });
  return { failures, log };
}

const lost = (): FsaError => new FsaError('WORKER_LOST', 'gone');

describe('dispatch', () => {
  it('does every job once, opens one seat a slot and closes each', async () => {
    const done: string[] = [];
    const { log, failures } = await drive(jobs(5), (job) => Promise.resolve(void done.push(job.id)));
    expect(done.sort()).toEqual(['j0', 'j1', 'j2', 'j3', 'j4']);
    expect(failures).toEqual([]);
    expect(log.filter((line) => line.startsWith('open')).length).toBe(
      log.filter((line) => line.startsWith('close')).length,
    );
  });

  it('opens another seat after a loss and tries the job again', async () => {
    const log: string[] = [];
    const run: Do = (_job, attempt) => (attempt === 1 ? Promise.reject(lost()) : Promise.resolve());
    const { failures } = await drive(jobs(1), run, { slots: ['s1'], log });
    expect(failures).toEqual(['j0#1 WORKER_LOST again']);
    expect(log).toEqual(['open s1', 'close s1', 'open s1', 'close s1']);
  });

  it('gives a job up after its last attempt and goes on with the others', async () => {
    const done: string[] = [];
    const run: Do = (job) =>
      job.id === 'j0' ? Promise.reject(lost()) : Promise.resolve(void done.push(job.id));
    const { failures } = await drive(jobs(3), run);
    expect(failures).toEqual(['j0#1 WORKER_LOST again', 'j0#2 WORKER_LOST again', 'j0#3 WORKER_LOST']);
    expect(done.sort()).toEqual(['j1', 'j2']);
  });

  it('ends everything where no job can escape, and closes its seats', async () => {
    const log: string[] = [];
    const run: Do = () => Promise.reject(new FsaError('STORAGE', 'The disk is full.'));
    await expect(drive(jobs(4), run, { log })).rejects.toMatchObject({ code: 'STORAGE' });
    expect(log.filter((line) => line.startsWith('close')).length).toBeGreaterThan(0);
  });

  it('hands out nothing more after an abort', async () => {
    const controller = new AbortController();
    const done: string[] = [];
    const run: Do = (job) => {
      done.push(job.id);
      controller.abort();
      return Promise.resolve();
    };
    await drive(jobs(9), run, { slots: ['s1'], signal: controller.signal });
    expect(done).toHaveLength(1);
    await drive(jobs(3), (job) => Promise.resolve(void done.push(job.id)), { signal: AbortSignal.abort() });
    expect(done).toHaveLength(1);
  });

  it('holds no job back for a slot that still waits in a queue, and waits for none when all is done', async () => {
    const log: string[] = [];
    const working = executorOf(() => Promise.resolve(), log);
    await dispatch({
      schedule: new Schedule(jobs(5), DEFAULT_RETRY_POLICY, () => performance.now()),
      slots: [{ name: 'never' }, { name: 'there' }],
      executor: {
        queues: true,
        open: async (slot) =>
          slot.name === 'never' ? await new Promise(() => undefined) : await working.open(slot),
      },
      onFailure: () => Promise.reject(new Error('nothing fails here')),
      signal: new AbortController().signal,
    });
    expect(log).toEqual(['open there', 'close there']);
  });

  it('gives up a place that never gives a worker, and the run only where no other is left', async () => {
    const tried: string[] = [];
    const run = async (healthy: boolean): Promise<void> =>
      await dispatch({
        schedule: new Schedule(jobs(2), DEFAULT_RETRY_POLICY, () => performance.now()),
        slots: [{ name: 'broken' }, { name: 'other' }],
        executor: {
          queues: true,
          open: async (slot) => {
            tried.push(slot.name);
            if (slot.name === 'broken' || !healthy) throw lost();
            return await executorOf(() => Promise.resolve()).open(slot);
          },
        },
        onFailure: () => Promise.resolve(),
        signal: new AbortController().signal,
      });
    await run(true);
    expect(tried.filter((name) => name === 'broken').length).toBeLessThanOrEqual(3);
    await expect(run(false)).rejects.toMatchObject({ code: 'WORKER_LOST' });
  });
});
