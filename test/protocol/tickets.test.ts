/** Workers that come with a ticket: two with one, and one whose clock is hours off. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LogFile } from '../../src/workers/log-file.js';
import type { LaunchedProcess, Launcher } from '../../src/workers/launchers/launcher.js';
import { LOCAL } from '../../src/workers/launchers/local.js';
import { openTestHost, runScript, SLOT, until } from './harness.js';

const FAKETIME = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib']
  .map((folder) => join(folder, 'faketime/libfaketimeMT.so.1'))
  .find((path) => existsSync(path));
if (FAKETIME === undefined)
  console.log('one test of tickets.test.ts is skipped: libfaketime is not installed');

type Command = Parameters<Launcher['start']>[0];

/** As a pilot starts it: who it is says its key alone, and that it makes itself. */
function likePilots(more: (command: Command) => Readonly<Record<string, string>>): Launcher {
  return {
    ...LOCAL,
    start: async (command) => {
      const real = await LOCAL.start({ ...command, env: pilotsOf(command, more(command)) });
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

function pilotsOf({ env }: Command, more: Readonly<Record<string, string>>): Record<string, string> {
  return { ...env, FSA_WORKER_REMOTE: '1', ...more };
}

/** It says its hello when this file is there. */
function gateOf(logPath: string): Record<string, string> {
  return { FSA_TEST_GATE: `${logPath}.gate` };
}

/** A host whose worker's ticket is held by a second one, too; either is let in first. */
async function openHostOfTwo(late: 'ours' | 'the other') {
  const others: LaunchedProcess[] = [];
  onTestFinished(() => {
    for (const other of others) other.kill();
  });
  const ours = likePilots(({ log }) => (late === 'ours' ? gateOf(log.path) : {}));
  const launcher: Launcher = {
    ...ours,
    start: async (command) => {
      const log = await LogFile.open(`${command.log.path}.other`);
      const env = pilotsOf(command, late === 'ours' ? {} : gateOf(command.log.path));
      others.push(await LOCAL.start({ ...command, env, log }));
      return await ours.start(command);
    },
  };
  const test = await openTestHost({
    launcher,
    mode: 'starts-when-told',
    limits: { lostAfterSeconds: 6, orphanAfterSeconds: 2 },
    objections: 'expected',
  });
  const worker = await test.launch();
  const [other] = others;
  if (other === undefined) throw new Error('there is no other');
  return { ...test, worker, other, letTheLateOneIn: () => writeFile(`${test.logPath}.gate`, '') };
}

describe('a ticket', () => {
  it('that two workers hold lets the first one in: jobs are done once, and the other ends by itself', async () => {
    const { worker, other, events, letTheLateOneIn } = await openHostOfTwo('the other');
    const say = async (text: string) => (await runScript(worker, `echo:${text}`)).texts;
    expect(await say('one')).toEqual(['one']);
    await letTheLateOneIn();
    await until('the other has ended', () => !other.running);
    expect([...(await say('two')), ...(await say('three'))]).toEqual(['two', 'three']);
    expect(events.filter(({ type }) => type === 'worker-ready')).toHaveLength(1);
  });

  it('that a stranger used first sends ours away, and with it all that was started for it', async () => {
    const { worker, other, host, events, letTheLateOneIn } = await openHostOfTwo('ours');
    expect((await runScript(worker, 'echo:one')).texts).toEqual(['one']);
    await letTheLateOneIn();
    await worker.ended;
    await expect(runScript(worker, 'echo:two')).rejects.toMatchObject({ code: 'WORKER_LOST' });
    expect(events.filter(({ type }) => type === 'worker-ready')).toHaveLength(1);
    await until('the other has ended', () => !other.running);
    await host.close();
  });

  it('lets a worker in that is there before whoever placed it has answered', async () => {
    const slow: Launcher = {
      ...LOCAL,
      start: async (command) => {
        const process = await likePilots(() => ({})).start(command);
        await until('its hello has come', () => readFileSync(command.log.path, 'utf8').includes('answered'));
        return process;
      },
    };
    const { host, logPath } = await openTestHost({ launcher: slow, mode: 'tells-when-answered' });
    const worker = await host.launch({ slot: SLOT, logPath });
    await expect(runScript(worker, 'echo:early')).resolves.toMatchObject({ texts: ['early'] });
  });

  it('lets a worker in that the engine still takes for one that waits', async () => {
    const unaware: Launcher = {
      ...LOCAL,
      start: async (command) => {
        const process = await likePilots(() => ({ FSA_WORKER_NODE: 'n7' })).start(command);
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
      const { host, logPath, folder } = await openTestHost({ launcher: likePilots(() => shifted) });
      const worker = await host.launch({ slot: SLOT, logPath });
      await expect(runScript(worker, 'echo:late')).resolves.toMatchObject({ texts: ['late'] });
      expect(readdirSync(folder)).toEqual(['worker.log']);
    },
  );
});
