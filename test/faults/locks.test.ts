/** One run folder, two that want it. */
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { calmNumbers } from './calm.js';
import { expectClearError, numbersOf, openPlace, wordsOf } from './kit.js';

describe('a run folder in use', () => {
  it('is refused to a second fsa, which names the first; the first is not disturbed', async () => {
    const place = await openPlace();
    const first = place.start(place.evalWords('run'));
    await first.event('run-started');
    const holder = JSON.parse(await readFile(join(place.folder, 'run/lock.json'), 'utf8')) as { pid: number };
    for (const words of [place.evalWords('run'), place.evalWords('run', '1', ['--replace'])]) {
      const error = expectClearError(await place.run(words), 2, 'RUN_FOLDER');
      expect(wordsOf(error)).toContain(`in use by process ${holder.pid} on ${hostname()}`);
      expect(wordsOf(error)).toMatch(/fsa\.js eval .*Wait for it to end, or choose another folder/);
    }
    expect(await first.ended).toMatchObject({ exitCode: 0 });
    expect(await numbersOf(join(place.folder, 'run'))).toEqual(await calmNumbers());
  }, 240_000);

  it('is respected when its holder is on another host, and taken from the dead and the unreadable', async () => {
    const place = await openPlace();
    const words = place.evalWords('run');
    expect((await place.run(words)).exitCode).toBe(0);
    const lock = join(place.folder, 'run/lock.json');
    const holder = {
      pid: 4_000_000,
      host: 'elsewhere',
      bootId: 'b',
      command: 'fsa eval',
      since: 's',
      token: 't',
    };
    await writeFile(lock, JSON.stringify(holder));
    const error = expectClearError(await place.run(words), 2, 'RUN_FOLDER');
    expect(wordsOf(error)).toContain('process 4000000 on elsewhere');
    expect(wordsOf(error)).toContain(`delete ${lock}`);
    for (const content of [JSON.stringify({ ...holder, host: hostname() }), '{"pid":', '']) {
      await writeFile(lock, content);
      expect((await place.run(words)).exitCode).toBe(0);
    }
  }, 240_000);
});
