/** One run folder, two that want it. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { undisturbedNumbers } from './undisturbed-run.js';
import { expectClearError, isLinuxRoot, numbersOf, openPlace, wordsOf } from './fault-place.js';

const HOLD_LOCK = resolve(import.meta.dirname, '../fixtures/hold-lock.ts');

describe('a run folder in use', () => {
  it('is refused to a second fsa, which names the first; the first is not disturbed', async () => {
    const place = await openPlace();
    const first = place.start(place.evalWords('run'));
    await first.event('run-started');
    const holder = JSON.parse(await readFile(join(place.folder, 'run/lock.json'), 'utf8')) as { pid: number };
    // Stands still until both have asked: on a busy machine it would be done before the second does.
    process.kill(holder.pid, 'SIGSTOP');
    for (const words of [place.evalWords('run'), place.evalWords('run', '1', ['--replace'])]) {
      const error = expectClearError(await place.run(words), 2, 'RUN_FOLDER');
      expect(wordsOf(error)).toContain(`in use by process ${holder.pid} on ${hostname()}`);
      expect(wordsOf(error)).toMatch(/fsa\.js eval .*Wait for it to end, or choose another folder/);
    }
    process.kill(holder.pid, 'SIGCONT');
    expect(await first.ended).toMatchObject({ exitCode: 0 });
    expect(await numbersOf(join(place.folder, 'run'))).toEqual(await undisturbedNumbers());
  }, 240_000);

  it.skipIf(!isLinuxRoot)(
    'is respected when its holder is on another host and network, and free at once when that one is killed',
    async () => {
      const place = await openPlace();
      const words = place.evalWords('run');
      expect((await place.run(words)).exitCode).toBe(0);
      const run = join(place.folder, 'run');
      // Another host as far as a process can tell: a name and a network of its own, on a disk that both see.
      const asElsewhere = ['-u', '-n', 'sh', '-c', 'hostname elsewhere && exec "$@"', 'sh'];
      const program = [process.execPath, '--import', 'tsx', HOLD_LOCK, run];
      const holder = execa('unshare', [...asElsewhere, ...program], { stdin: 'pipe', reject: false });
      await once(holder.stdout, 'data');
      const error = expectClearError(await place.run(words), 2, 'RUN_FOLDER');
      expect(wordsOf(error)).toMatch(/in use by process \d+ on elsewhere/);
      holder.kill('SIGKILL');
      await holder;
      expect((await place.run(words)).exitCode).toBe(0);
      expect(await numbersOf(run)).toEqual(await undisturbedNumbers());
    },
    240_000,
  );

  it('is taken whatever note a dead holder left', async () => {
    const place = await openPlace();
    const words = place.evalWords('run');
    expect((await place.run(words)).exitCode).toBe(0);
    const lock = join(place.folder, 'run/lock.json');
    const note = { pid: 4_000_000, host: 'elsewhere', command: 'fsa eval', since: 's' };
    for (const content of [JSON.stringify(note), '{"pid":', '']) {
      await writeFile(lock, content);
      expect((await place.run(words)).exitCode).toBe(0);
    }
  }, 240_000);
});
