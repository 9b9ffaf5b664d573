/**
 * A disk that is full in every writer in turn: it grows page by page, and each time the same command comes a
 * little further; or it fills while the work goes on. Root on Linux only: it takes a disk of its own.
 */
import { appendFile, cp, mkdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRuntime } from '../../src/runtime/locate.js';
import { listFiles } from '../../src/storage/digest.js';
import { undisturbedNumbers, undisturbedStudent } from './undisturbed-run.js';
import { mountDisk } from './disk.js';
import {
  checkpointsOf,
  isLinuxRoot,
  numbersOf,
  openPlace,
  readJson,
  studentOf,
  wordsOf,
  type Outcome,
} from './fault-place.js';

const PAGE = 4096;
const MEGABYTE = 1 << 20;
const MOST_PAGES = 40;
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
    // What a run writes before its first cell takes some pages, more with every thing it keeps; a file that is
    // replaced takes one more for a moment.
    for (let pages = 1; pages <= MOST_PAGES && !met.includes('state.json'); pages += 1)
      await attempt(pages * PAGE);
    await attempt(4 * MEGABYTE, '1,2', SAVE_OFTEN);
    disk.resize(64 * MEGABYTE);
    expect((await place.run(place.evalWords('run'))).exitCode).toBe(0);
    // A full disk beside a finished run: the report cannot be written, and says so.
    await writeFile(join(run, 'ballast'), Buffer.alloc(63 * MEGABYTE));
    await fillUp(join(run, 'ballast-2'));
    met.push(fileOf(await place.run(['report', '--json', '--format', 'md', run])));
    for (const name of ['ballast', 'ballast-2']) await rm(join(run, name));
    for (const name of ['lock.json', 'run.json', 'an Arrow file', 'state.json', 'a checkpoint', 'report.md'])
      expect(met).toContain(name);
    disk.resize(64 * MEGABYTE);
    expect(await place.run(place.evalWords('run', '1,2'))).toMatchObject({ exitCode: 0, error: null });
    expect(await numbersOf(run)).toEqual(await undisturbedNumbers('1,2'));
  }, 360_000);

  it('refuses a distillation before it begins where there is no room for its data', async () => {
    const { home, disk, words, env, place } = await openSmallDisk(PAGE);
    const outcome = await place.run(words(), env);
    expect(fileOf(outcome)).toBe('pairs');
    expect(outcome.events.map(({ type }) => type)).not.toContain('worker-started');
    await expectNoHalfFile(home);
    disk.resize(64 * MEGABYTE);
    expect(await place.run(words(), env)).toMatchObject({ exitCode: 0 });
    expect(await studentOf(join(home, 'run'))).toEqual(await undisturbedStudent());
  }, 360_000);

  it('in the middle of a distillation, in its token cache, a checkpoint, its model, loses none of it', async () => {
    const { home, disk, words, env, place } = await openSmallDisk(20 * MEGABYTE);
    const run = join(home, 'run');
    const ballast = join(home, 'ballast');

    // Another program fills the disk between the look at the room and the worker's first file.
    const crowded = place.start(words(), env, ['worker-started']);
    await crowded.whileStopped('worker-started', async () => await fillUp(ballast, 5 * PAGE));
    expect(fileOf(await crowded.ended)).toBe('a token cache');
    await expectNoHalfFile(home);
    await rm(ballast);

    // Every checkpoint is kept: of the six (10.4 MB each) the first few find room.
    disk.resize(40 * MEGABYTE);
    const filled = await place.run(words('distill.keepCheckpoints=100'), env);
    expect(fileOf(filled)).toBe('a checkpoint');
    const saved = filled.events.filter(({ type }) => type === 'checkpoint-saved').length;
    expect(saved).toBeGreaterThan(0);
    expect(await checkpointsOf(run)).toHaveLength(saved);
    await expectNoHalfFile(home);

    // What was saved before is whole and is what the same command goes on from.
    disk.resize(64 * MEGABYTE);
    const copy = join(place.folder, 'copy');
    await cp(run, copy, { recursive: true });
    const again = await place.run([...words(), '--output', copy], env);
    expect(again).toMatchObject({ exitCode: 0, error: null });
    expect(again.stdout).toContain(`Training goes on from the checkpoint at step ${saved}.`);
    expect(await studentOf(copy)).toEqual(await undisturbedStudent());

    // Room for one checkpoint, made at the last step, but not for the model (3.6 MB) after it.
    await rm(join(run, 'checkpoint'), { recursive: true });
    disk.resize(12 * MEGABYTE);
    expect(fileOf(await place.run(words('distill.checkpointEverySteps=6'), env))).toBe('model');
    await expectNoHalfFile(home);
    expect(await listFiles(run)).not.toContain('model/config.json');
    disk.resize(64 * MEGABYTE);
    const last = await place.run(words(), env);
    expect(last).toMatchObject({ exitCode: 0, error: null });
    expect(last.stdout).toContain('Training goes on from the checkpoint at step 6.');
    expect(await studentOf(run)).toEqual(await undisturbedStudent());
  }, 360_000);
});

/** A disk that holds a distillation's cache and run, with the real runtime beside it. */
async function openSmallDisk(bytes: number) {
  const place = await openPlace();
  const home = join(place.folder, 'disk');
  await mkdir(home);
  const disk = mountDisk(home, bytes);
  const cache = join(home, 'cache');
  await mkdir(cache);
  await symlink(join((await readRuntime()).folder, '..'), join(cache, 'runtime'));
  const words = (setting = 'distill.keepCheckpoints=1'): string[] =>
    place.distillWords('disk/run', 6, ['--set', setting]);
  return { place, home, disk, words, env: { FSA_CACHE: cache } };
}

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

/** Takes what is left of a disk, but for so many bytes. */
async function fillUp(path: string, spare = 0): Promise<void> {
  await appendFile(path, Buffer.alloc(64 * MEGABYTE)).catch(() => undefined);
  await truncate(path, (await stat(path)).size - spare);
}

async function expectNoHalfFile(folder: string): Promise<void> {
  for (const name of await listFiles(folder)) {
    expect(name).not.toMatch(/\.tmp(\/|$)/);
    if (name.endsWith('.json')) await readJson(join(folder, name));
    if (basename(name) !== 'metrics.jsonl') continue;
    const text = await readFile(join(folder, name), 'utf8');
    expect(text, name).toMatch(/^$|\n$/);
    for (const line of text.split('\n').slice(0, -1)) expect(JSON.parse(line)).toHaveProperty('step');
  }
}
