/** Workers that come with a ticket: two with one, and one whose clock is hours off. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LogFile } from '../../src/workers/log-file.js';
import type { LaunchedProcess, Launcher } from '../../src/workers/launchers/launcher.js';
import { LOCAL } from '../../src/workers/launchers/local.js';
import { isAlive, openTestHost, runScript, SLOT, until } from './harness.js';

const FAKETIME = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib']
  .map((folder) => join(folder, 'faketime/libfaketimeMT.so.1'))
  .find((path) => existsSync(path));
if (FAKETIME === undefined)
  console.log('one test of tickets.test.ts is skipped: libfaketime is not installed');

/** As a pilot starts it: who it is says its key alone, and that it makes itself. */
function likePilots(more: Readonly<Record<string, string>>, others: LaunchedProcess[] | null): Launcher {
  return {
    ...LOCAL,
    start: async (command) => {
      const env = { ...command.env, FSA_WORKER_REMOTE: '1', ...more };
      if (others !== null)
        others.push(
          await LOCAL.start({ ...command, env, log: await LogFile.open(`${command.log.path}.other`) }),
        );
      const real = await LOCAL.start({ ...command, env });
      return {
        pid: null,
        get running() {
          return real.running;
        },
        ended: real.ended,
        kill: () => real.kill(),
        end: async (seconds) => await real.end(seconds),
      };
    },
  };
}

describe('a ticket', () => {
  it('that two workers hold lets one in: jobs are done once, and the other ends by itself', async () => {
    const others: LaunchedProcess[] = [];
    onTestFinished(() => {
      for (const other of others) other.kill();
    });
    const { host, logPath, events } = await openTestHost({
      launcher: likePilots({}, others),
      limits: { lostAfterSeconds: 6, orphanAfterSeconds: 2 },
      objections: 'expected',
    });
    const done: string[] = [];
    const work = async (): Promise<null> => {
      const worker = await host.launch({ slot: SLOT, logPath });
      for (const text of ['one', 'two', 'three'])
        done.push(...(await runScript(worker, `echo:${text}`)).texts);
      return null;
    };
    const failure = await work().catch((error: unknown) => error);
    // Where the other one came first, ours is sent away, and with it all that was started for it is given up.
    if (failure === null) expect(done).toEqual(['one', 'two', 'three']);
    else expect(failure).toMatchObject({ code: 'WORKER_LOST' });
    expect(events.filter(({ type }) => type === 'worker-ready').length).toBeLessThanOrEqual(1);
    const [other] = others;
    await until('the other has ended', () => other?.running === false || failure === null);
    await host.close();
    await until('nothing is left', () => other?.running === false && !isAlive(other.pid ?? 0));
  });

  it('lets a worker in that is there before whoever placed it has answered', async () => {
    const slow: Launcher = {
      ...LOCAL,
      start: async (command) => {
        const process = await likePilots({}, null).start(command);
        // It has long said its hello when the answer comes.
        await Promise.race([process.ended, new Promise((resolve) => setTimeout(resolve, 3_000))]);
        return process;
      },
    };
    const { host, logPath } = await openTestHost({ launcher: slow });
    const worker = await host.launch({ slot: SLOT, logPath });
    await expect(runScript(worker, 'echo:early')).resolves.toMatchObject({ texts: ['early'] });
  });

  it('lets a worker in that the engine still takes for one that waits', async () => {
    const unaware: Launcher = {
      ...LOCAL,
      start: async (command) => {
        const process = await likePilots({ FSA_WORKER_NODE: 'n7' }, null).start(command);
        return { ...process, running: true, job: 'job 1', placed: new Promise(() => undefined) };
      },
    };
    const { host, logPath, events } = await openTestHost({ launcher: unaware });
    await host.launch({ slot: SLOT, logPath });
    expect(events).toContainEqual(expect.objectContaining({ type: 'worker-started', host: 'n7' }));
  });

  it.skipIf(FAKETIME === undefined).each(['-30h', '+30h'])(
    'is good for a worker whose clock is off by %s',
    async (shift) => {
      const shifted = { LD_PRELOAD: FAKETIME ?? '', FAKETIME: shift, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
      const { host, logPath, folder } = await openTestHost({ launcher: likePilots(shifted, null) });
      const worker = await host.launch({ slot: SLOT, logPath });
      await expect(runScript(worker, 'echo:late')).resolves.toMatchObject({ texts: ['late'] });
      expect(readdirSync(folder)).toEqual(['worker.log']);
    },
  );
});
