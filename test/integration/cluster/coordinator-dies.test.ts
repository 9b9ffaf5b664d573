/**
 * Coordinators that are killed at any moment and started again with the same command, and workers that wake when
 * their work was done elsewhere. They are on hosts that an `ssh` of this test reaches.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isLinux, numbersOf, openPlace, pause, processesIn, type Running } from '../../faults/fault-place.js';
import { hashFiles } from '../../../src/storage/digest.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

/** Runs the command here; it outlives whoever started it, as far as nobody tells it to end. */
async function openSsh(): Promise<string> {
  const bin = await temporaryFolder();
  await mkdir(bin, { recursive: true });
  const script = '#!/bin/sh\nfor word; do command=$word; done\nexec setsid --wait sh -c "$command"\n';
  await writeFile(join(bin, 'ssh'), script);
  await chmod(join(bin, 'ssh'), 0o755);
  return bin;
}

const MOMENTS: readonly [string, (run: Running) => Promise<unknown>][] = [
  ['before a worker is there', (run) => run.event('run-started')],
  ['when one is ready', (run) => run.event('worker-ready')],
  ['in a first epoch', (run) => run.event('job-progress', 3)],
  ['between two epochs', (run) => run.event('job-epoch')],
  ['after a cell', (run) => run.event('job-finished')],
];

const ON_SSH = ['gpusPerSlot=0', 'cpusPerSlot=1', 'hosts=[one,two]'].flatMap((set) => [
  '--set',
  `cluster.${set}`,
]);
const CLUSTER = ['--parallel', '2', '--on', 'ssh', ...ON_SSH];

/** Pilots, workers and their guards. */
function pythonsIn(folder: string): number[] {
  return processesIn(folder).filter((pid) => readlinkSync(`/proc/${pid}/exe`).includes('python'));
}

function isStopped(pid: number): boolean {
  return /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

describe.skipIf(!isLinux)('a worker that stops and wakes', () => {
  it('when its cell was finished elsewhere changes nothing', async () => {
    const place = await openPlace();
    const PATH = `${await openSsh()}:${process.env['PATH'] ?? ''}`;
    expect(await place.run(place.evalWords('here'))).toMatchObject({ exitCode: 0 });
    const running = place.start([...place.evalWords('there'), ...CLUSTER], { PATH });
    await running.event('job-epoch');
    const stopped = pythonsIn(place.folder);
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    const outcome = await running.ended;
    expect(outcome).toMatchObject({ exitCode: 0, error: null });
    expect(outcome.events.filter(({ type }) => type === 'job-started')).toHaveLength(2);
    const run = join(place.folder, 'there');
    expect(await numbersOf(run)).toEqual(await numbersOf(join(place.folder, 'here')));
    const before = await hashFiles(run);
    expect(stopped.length).toBeGreaterThan(1);
    expect(stopped.every(isStopped)).toBe(true);
    for (const pid of stopped) process.kill(pid, 'SIGCONT');
    while (pythonsIn(place.folder).length > 0) await pause(200);
    expect(await hashFiles(run)).toEqual(before);
  }, 600_000);
});

describe.skipIf(!isLinux)('a coordinator that dies', () => {
  it('at five moments leaves the numbers as they would have been', async () => {
    const place = await openPlace();
    const PATH = `${await openSsh()}:${process.env['PATH'] ?? ''}`;
    const words = (run: string): string[] => place.evalWords(run, '1,2,3');
    expect(await place.run(words('here'))).toMatchObject({ exitCode: 0 });
    for (const [, moment] of MOMENTS) {
      const running = place.start([...words('there'), ...CLUSTER], { PATH });
      await moment(running);
      running.kill('SIGKILL');
      await running.ended;
    }
    expect(await place.run([...words('there'), ...CLUSTER], { PATH })).toMatchObject({
      exitCode: 0,
      error: null,
    });
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await numbersOf(join(place.folder, 'here')));
  }, 900_000);
});
