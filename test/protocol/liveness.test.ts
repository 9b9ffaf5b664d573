import { describe, expect, it } from 'vitest';
import type { WorkerLostError } from '../../src/workers/errors.js';
import { DEFAULT_LIMITS } from '../../src/workers/types.js';
import { errorOf, isAlive, openTestHost, runScript, until, pidOf } from './harness.js';

const GIL_SECONDS = process.env['FSA_GIL_SECONDS'];

describe('liveness', () => {
  it.each([
    ['SIGKILL', null, 'SIGKILL'],
    ['SIGTERM', null, 'SIGTERM'],
    ['segfault', null, 'SIGSEGV'],
    ['exit', 7, null],
  ])('sees at once that a worker ended by %s in the middle of a job', async (how, exitCode, signal) => {
    const { launch } = await openTestHost();
    const worker = await launch();
    const error = await errorOf<WorkerLostError>(runScript(worker, `die:${how}`));
    expect(error).toMatchObject({
      code: 'WORKER_LOST',
      exitCode: 6,
      processExitCode: exitCode,
      processSignal: signal,
      lastStep: 3,
    });
    expect(error.logTail).toContain('these are its last words');
    expect(error.message).toContain(`while it ran job job-die:${how} after step 3`);
    expect((await errorOf<WorkerLostError>(runScript(worker, 'echo:x'))).code).toBe('WORKER_LOST');
  });

  it('gives up a stopped worker, and kills it', async () => {
    const { launch } = await openTestHost({ limits: { lostAfterSeconds: 1.5 } });
    const worker = await launch();
    const error = await errorOf<WorkerLostError>(runScript(worker, 'die:SIGSTOP'));
    expect(error.message).toContain('could not be reached');
    expect(error.lastStep).toBe(3);
    expect(await worker.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(isAlive(pidOf(worker))).toBe(false);
  });

  it('gives up a worker that is stopped while it has no job', async () => {
    const { launch, events } = await openTestHost({ limits: { lostAfterSeconds: 1.5 } });
    const worker = await launch();
    process.kill(pidOf(worker), 'SIGSTOP');
    expect((await worker.ended).signal).toBe('SIGKILL');
    expect(events.at(-1)).toMatchObject({ type: 'worker-ended', expected: false });
  });

  it('does not take a worker that holds the GIL for a dead one', async () => {
    const { launch } = await openTestHost({ limits: { lostAfterSeconds: 1.5 } });
    const worker = await launch();
    await expect(runScript(worker, 'hold-gil:6')).resolves.toMatchObject({ texts: ['held'] });
    await expect(runScript(worker, 'echo:next')).resolves.toMatchObject({ texts: ['next'] });
  });

  // FSA_GIL_SECONDS=60: a minute, under the limits of a real run, twice as long as those allow for silence.
  it.skipIf(GIL_SECONDS === undefined)(
    `takes ${GIL_SECONDS} seconds in native code for what they are, and says so`,
    async () => {
      const { launch, events } = await openTestHost({
        limits: DEFAULT_LIMITS,
        objections: 'expected',
      });
      const worker = await launch();
      const held = runScript(worker, `hold-gil:${GIL_SECONDS}`, { jobId: 'held' });
      await expect(held).resolves.toMatchObject({ texts: ['held'] });
      await expect(runScript(worker, 'echo:next')).resolves.toMatchObject({ texts: ['next'] });
      const said = events.filter((event) => event.type === 'warning').map(({ message }) => message);
      expect(said).toEqual([expect.stringMatching(/has been busy in native code for 3\d s/)]);
    },
    Number(GIL_SECONDS) * 1000 + 60_000,
  );

  it('has a limit for a silent interpreter, and says what it is', async () => {
    const { launch } = await openTestHost({ limits: { lostAfterSeconds: 1.5, busyAfterSeconds: 2 } });
    const error = await errorOf<WorkerLostError>(runScript(await launch(), 'hold-gil:1000'));
    expect(error.message).toContain('was busy in native code');
  });

  it('has a limit for work that stands still', async () => {
    const { launch } = await openTestHost({ limits: { stalledAfterSeconds: 1.5 } });
    const error = await errorOf<WorkerLostError>(runScript(await launch(), 'stall'));
    expect(error.message).toContain('made no progress');
  });

  it('lets a slow job and an idle worker be', async () => {
    const { launch } = await openTestHost({ limits: { stalledAfterSeconds: 3 } });
    const worker = await launch();
    await expect(runScript(worker, 'stall:2')).resolves.toMatchObject({ texts: ['late'] });
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await expect(runScript(worker, 'echo:x')).resolves.toMatchObject({ texts: ['x'] });
  });

  it('forgives its own sleep: a blocked event loop is no fault of the worker', async () => {
    const limits = { lostAfterSeconds: 1.5, busyAfterSeconds: 2, stalledAfterSeconds: 2 };
    const { launch } = await openTestHost({ limits });
    const worker = await launch();
    const running = runScript(worker, 'sleep:400');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const end = performance.now() + 3000;
    while (performance.now() < end);
    await expect(running).resolves.toMatchObject({ texts: [] });
  });

  it('lets other workers be when one dies', async () => {
    const { launch } = await openTestHost();
    const workers = await Promise.all([launch(), launch(), launch()]);
    const [dying, ...living] = workers.map((worker, index) =>
      runScript(worker, index === 0 ? 'die:SIGKILL' : 'sleep:200'),
    );
    await errorOf(dying!);
    await expect(Promise.all(living)).resolves.toHaveLength(2);
  });

  it('knows at once when a worker is killed from outside while starting', async () => {
    const { launch, events } = await openTestHost({ mode: 'starts-slowly' });
    const launching = errorOf<WorkerLostError>(launch());
    await until('started', () => events.length > 0);
    process.kill((events[0] as unknown as { pid: number }).pid, 'SIGKILL');
    expect((await launching).processSignal).toBe('SIGKILL');
  });
});
