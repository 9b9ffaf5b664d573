/**
 * The wall clock of the machine is set back and ahead. In test/faults/folder-locations.test.ts a preload shifts it, which
 * works everywhere; here libfaketime does so below Node, for the whole command, where it is installed (`apt
 * install faketime`); and files and locks come from the future, as a clock set back leaves them.
 */
import { existsSync } from 'node:fs';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFiles } from '../../src/storage/digest.js';
import { STEPS, undisturbedNumbers, undisturbedStudent } from './undisturbed-run.js';
import { expectClearError, numbersOf, openPlace, studentOf, type Place } from './fault-place.js';

const FAKETIME = ['/usr/lib', '/usr/local/lib', '/usr/lib64']
  .flatMap((folder) => ['x86_64-linux-gnu', 'aarch64-linux-gnu', ''].map((part) => join(folder, part)))
  .map((folder) => join(folder, 'faketime/libfaketimeMT.so.1'))
  .find((path) => existsSync(path));

if (FAKETIME === undefined) console.log('one test of clock.test.ts is skipped: libfaketime is not installed');

describe('a clock', () => {
  it.skipIf(FAKETIME === undefined)(
    'that is set back an hour in the middle of a run, then a day ahead, changes nothing',
    async () => {
      const place = await openPlace();
      const offset = join(place.folder, 'offset');
      await writeFile(offset, '+0');
      const faketime = {
        LD_PRELOAD: FAKETIME as string,
        FAKETIME_TIMESTAMP_FILE: offset,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      };
      const running = place.start(place.evalWords('run', '1,2'), faketime, ['job-started', 'job-finished']);
      await running.whileStopped('job-started', async () => await writeFile(offset, '-3600'));
      await running.whileStopped('job-finished', async () => await writeFile(offset, '+86400'));
      const outcome = await running.ended;
      expect(outcome).toMatchObject({ exitCode: 0, error: null });
      const times = outcome.events.map(({ time }) => Date.parse(String(time)));
      const jumps = times.map((time, index) => time - (times[index - 1] ?? time));
      expect(Math.min(...jumps), 'the clock did jump back').toBeLessThan(-3_000_000);
      expect(Math.max(...jumps), 'the clock did jump ahead').toBeGreaterThan(80_000_000);
      for (const { seconds } of outcome.events) {
        if (seconds === undefined) continue;
        expect(seconds).toBeGreaterThanOrEqual(0);
        expect(seconds).toBeLessThan(600);
      }
      expect(await numbersOf(join(place.folder, 'run'))).toEqual(await undisturbedNumbers('1,2'));
    },
    240_000,
  );

  it('that was set back between two commands leaves files and a lock of tomorrow, which are taken up', async () => {
    const place = await openPlace();
    const words = place.distillWords('run', STEPS);
    const running = place.start(words);
    await running.event('checkpoint-saved', 2);
    running.kill('SIGINT');
    expectClearError(await running.ended, 130, 'CANCELLED');
    const tomorrow = new Date(Date.now() + 86_400_000);
    await dateAll(place, tomorrow);
    const holder = { pid: 4_000_000, host: hostname(), bootId: null, command: 'fsa distill', token: 't' };
    await writeFile(
      join(place.folder, 'run/lock.json'),
      JSON.stringify({ ...holder, since: tomorrow.toISOString() }),
    );
    const again = await place.run(words);
    expect(again).toMatchObject({ exitCode: 0, error: null });
    expect(again.stdout).toContain('Training goes on from the checkpoint at step');
    expect(await studentOf(join(place.folder, 'run'))).toEqual(await undisturbedStudent(STEPS));
  }, 240_000);
});

/** Gives every file of a place but the linked runtime's a date. */
async function dateAll(place: Place, date: Date): Promise<void> {
  for (const part of await readdir(place.folder)) {
    const folders = part === 'cache' ? ['cache/pairs', 'cache/tokens'] : [part];
    for (const folder of folders) {
      for (const name of await listFiles(join(place.folder, folder)).catch(() => []))
        await utimes(join(place.folder, folder, name), date, date);
    }
  }
}
