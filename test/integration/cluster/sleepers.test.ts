/** Workers that wake when their work was done elsewhere, on hosts that an `ssh` of this test reaches. */
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isLinux, numbersOf, openPlace, pause, processesIn } from '../../faults/fault-place.js';
import { hashFiles } from '../../../src/storage/digest.js';
import { openLocalSsh } from '../../helpers/local-ssh.js';

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
    const PATH = `${await openLocalSsh()}:${process.env['PATH'] ?? ''}`;
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
