/** Workers that were given up and live on, as they do where the engine that should end them cannot reach them. */
import { describe, expect, it } from 'vitest';
import { JobFailedError } from '../../src/workers/errors.js';
import type { Launcher, ProcessEnd } from '../../src/workers/launchers/launcher.js';
import { LOCAL } from '../../src/workers/launchers/local.js';
import { errorOf, isAlive, openTestHost, runScript, SLOT, until } from './harness.js';

/** As a cluster's engine whose node is out of reach: what it ends ends in its books alone. */
function outOfReach(pids: number[]): Launcher {
  return {
    ...LOCAL,
    start: async (command) => {
      const real = await LOCAL.start(command);
      pids.push(real.pid ?? 0);
      let end: (end: ProcessEnd) => void = () => undefined;
      const ended = new Promise<ProcessEnd>((resolve) => (end = resolve));
      void real.ended.then(end);
      const settle = (): void => end({ exitCode: null, signal: 'SIGKILL' });
      return {
        pid: real.pid,
        get running() {
          return real.running;
        },
        ended,
        kill: settle,
        end: () => {
          settle();
          return Promise.resolve();
        },
      };
    },
  };
}

describe('a worker that was given up and lives on', () => {
  it('costs its job no time, and ends itself when it wakes', async () => {
    const pids: number[] = [];
    const { host, folder, logPath } = await openTestHost({
      launcher: outOfReach(pids),
      limits: { lostAfterSeconds: 1.5, orphanAfterSeconds: 1.2 },
      objections: 'expected',
    });
    const worker = await host.launch({ slot: SLOT, logPath });
    const running = errorOf(runScript(worker, 'sleep'));
    const [zombie = 0] = pids;
    process.kill(zombie, 'SIGSTOP');
    // At once, though its process is still there.
    expect((await running).message).toContain('could not be reached');
    expect(isAlive(zombie)).toBe(true);
    const next = await host.launch({ slot: SLOT, logPath: `${folder}/next.log` });
    await expect(runScript(next, 'echo:elsewhere', { attempt: 2 })).resolves.toMatchObject({
      texts: ['elsewhere'],
    });
    process.kill(zombie, 'SIGCONT');
    await until('it has gone', () => !isAlive(zombie));
    await next.kill();
    process.kill(-(pids[1] ?? 0), 'SIGKILL');
  });

  it('is told to go where it can still be reached', async () => {
    const pids: number[] = [];
    const { host, logPath } = await openTestHost({ launcher: outOfReach(pids), objections: 'expected' });
    const worker = await host.launch({ slot: SLOT, logPath });
    const running = errorOf(runScript(worker, 'sleep'));
    await worker.kill('was given up');
    expect((await running).message).toContain('was given up');
    await until('it has gone', () => !isAlive(pids[0] ?? 0));
  });

  it('and speaks for other jobs, terms and attempts is not heard', async () => {
    const { host, logPath, events } = await openTestHost({ mode: 'raw', objections: 'expected' });
    const worker = await host.launch({ slot: SLOT, logPath });
    const output = await runScript(worker, 'other-claims', { term: 2, attempt: 2 });
    expect(output.texts).toEqual(['its own']);
    expect(events.filter(({ type }) => type === 'warning')).toHaveLength(1);
  });

  it('of an earlier attempt on this worker ends no later one', async () => {
    const { host, logPath } = await openTestHost({ mode: 'raw', objections: 'expected' });
    const worker = await host.launch({ slot: SLOT, logPath });
    // The raw peer answers every job as attempt 1.
    const late = errorOf(runScript(worker, 'result-twice', { jobId: 'same', attempt: 2 }));
    await until('both are refused', () => worker.busy);
    await worker.kill();
    expect(await late).not.toBeInstanceOf(JobFailedError);
    expect((await late).message).toContain('was lost');
  });
});
