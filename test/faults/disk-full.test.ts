/**
 * A disk that is full in every writer in turn: it grows page by page, and each time the same command comes a
 * little further. Root on Linux only: it takes a disk of its own.
 */
import { appendFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRuntime } from '../../src/runtime/locate.js';
import { listFiles } from '../../src/storage/digest.js';
import { calmNumbers, calmStudent } from './calm.js';
import { mountDisk } from './disk.js';
import { isLinuxRoot, numbersOf, openPlace, readJson, studentOf, wordsOf, type Outcome } from './kit.js';

const PAGE = 4096;
const MEGABYTE = 1 << 20;
const SAVE_OFTEN = ['--set', 'eval.checkpointEveryMinutes=0.0001'];

if (!isLinuxRoot) console.log('disk-full.test.ts is skipped: only root on Linux can mount a small disk');

describe.skipIf(!isLinuxRoot)('a full disk', () => {
  it('in every writer of an eval ends in one clear error, and is forgotten once there is room', async () => {
    const place = await openPlace();
    const run = join(place.folder, 'run');
    await mkdir(run);
    const disk = mountDisk(run, PAGE);
    const met: string[] = [];
    const attempt = async (bytes: number, seeds = '1', more: readonly string[] = []): Promise<void> => {
      disk.resize(bytes);
      met.push(fileOf(await place.run(place.evalWords('run', seeds, more))));
      await expectNoHalfFile(run);
    };
    await writeFile(join(run, 'ballast'), Buffer.alloc(PAGE));
    await attempt(PAGE);
    await rm(join(run, 'ballast'));
    for (const pages of [1, 2, 5, 6, 7, 9]) await attempt(pages * PAGE);
    await attempt(4 * MEGABYTE, '1,2', SAVE_OFTEN);
    disk.resize(64 * MEGABYTE);
    expect((await place.run(place.evalWords('run'))).exitCode).toBe(0);
    // A full disk beside a finished run: the report cannot be written, and says so.
    await writeFile(join(run, 'ballast'), Buffer.alloc(63 * MEGABYTE));
    await fillUp(join(run, 'ballast-2'));
    met.push(fileOf(await place.run(['report', '--json', '--format', 'md', run])));
    for (const name of ['ballast', 'ballast-2']) await rm(join(run, name));
    for (const name of [
      'lock.json',
      'run.json',
      'an Arrow file',
      'state.json',
      'metrics.jsonl',
      'a checkpoint',
      'report.md',
    ])
      expect(met).toContain(name);
    disk.resize(64 * MEGABYTE);
    expect(await place.run(place.evalWords('run', '1,2'))).toMatchObject({ exitCode: 0, error: null });
    expect(await numbersOf(run)).toEqual(await calmNumbers('1,2'));
  }, 360_000);

  it('refuses a distillation before it begins, and is forgotten once there is room', async () => {
    const place = await openPlace();
    const home = join(place.folder, 'disk');
    await mkdir(home);
    const disk = mountDisk(home, MEGABYTE);
    await mkdir(join(home, 'cache'));
    await symlink(join((await readRuntime()).folder, '..'), join(home, 'cache', 'runtime'));
    const words = place.distillWords('disk/run', 6, ['--set', 'distill.keepCheckpoints=1']);
    const met: string[] = [];
    const attempt = async (bytes: number): Promise<void> => {
      disk.resize(bytes);
      met.push(fileOf(await place.run(words, { FSA_CACHE: join(home, 'cache') })));
      await expectNoHalfFile(home);
    };
    // Too little for the prepared corpus is refused before anything is written.
    await attempt(PAGE);
    expect(met).toEqual(['pairs']);
    disk.resize(64 * MEGABYTE);
    expect(await place.run(words, { FSA_CACHE: join(home, 'cache') })).toMatchObject({ exitCode: 0 });
    expect(await studentOf(join(home, 'run'))).toEqual(await calmStudent());
  }, 360_000);
});

/** What the one clear error names. */
function fileOf(outcome: Outcome): string {
  expect(outcome.stderr).not.toMatch(/\n\s+at /);
  expect(outcome).toMatchObject({ exitCode: 2, error: { code: 'STORAGE', exitCode: 2 } });
  const words = wordsOf(outcome.error as never);
  expect(words).toMatch(/disk is full|Mi?B are free|no room for the model/i);
  expect(words).toMatch(/run the same command again|Free some space|free some and run again/);
  const path = /\/[^ ]*\/(?:run|cache)\/[^ :]*/.exec(words)?.[0] ?? expect.fail(`no path in: ${words}`);
  if (/room for the model/.test(words)) return 'model';
  if (path.includes('checkpoint')) return 'a checkpoint';
  if (path.endsWith('.arrow')) return 'an Arrow file';
  return path.includes('/tokens') ? 'a token cache' : basename(path);
}

async function fillUp(path: string): Promise<void> {
  await appendFile(path, Buffer.alloc(64 * MEGABYTE)).catch(() => undefined);
}

async function expectNoHalfFile(folder: string): Promise<void> {
  for (const name of await listFiles(folder)) {
    expect(name).not.toMatch(/\.tmp(\/|$)/);
    if (name.endsWith('.json')) await readJson(join(folder, name));
  }
}
