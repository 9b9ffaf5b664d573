/** A run folder only grows, keeps what was asked of it, and notices damage. */
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ResultsFile } from '../../src/runs/types.js';
import { fsa, parseLines } from '../helpers/cli.js';
import { SAMPLE_STUDENT, smallDataset } from '../helpers/small-data.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

const AS_IS = ['--epochs', '0', '--threads', '1', '--model', `tiny=${SAMPLE_STUDENT}`];

async function resultsOf(run: string): Promise<ResultsFile> {
  return JSON.parse(await readFile(join(run, 'results.json'), 'utf8')) as ResultsFile;
}

it('keeps the cells of earlier commands, and narrows only when told to', async () => {
  const folder = await temporaryFolder();
  const run = join(folder, 'run');
  const [atsa, acsa] = [await smallDataset(folder, 'atsa'), await smallDataset(folder, 'acsa')];
  const first = ['eval', ...AS_IS, '--dataset', atsa, '--output', run];
  const second = ['eval', ...AS_IS, '--dataset', acsa, '--output', run];
  expect((await fsa(first)).exitCode).toBe(0);
  const before = (await resultsOf(run)).cells;
  expect((await fsa(second)).exitCode).toBe(0);
  const { cells } = await resultsOf(run);
  expect(cells.map(({ task }) => task).sort()).toEqual(['acsa', 'atsa']);
  expect(cells).toEqual(expect.arrayContaining(before));
  const only = await fsa([...second, '--only']);
  expect(only.stderr).toContain('1 finished cell of this folder is left out');
  expect((await resultsOf(run)).cells.map(({ task }) => task)).toEqual(['acsa']);
  const again = parseLines((await fsa([...first, '--json'])).stdout);
  expect(again.some(({ type }) => type === 'job-started')).toBe(false);
  expect((await resultsOf(run)).cells).toHaveLength(2);
}, 300_000);

it('refuses an unknown baseline before any work, and keeps a known one for later reports', async () => {
  const folder = await temporaryFolder();
  const run = join(folder, 'run');
  const dataset = await smallDataset(folder, 'atsa');
  const other = join(folder, 'other');
  await cp(SAMPLE_STUDENT, other, { recursive: true });
  const words = ['eval', ...AS_IS, '--model', `other=${other}`, '--dataset', dataset, '--output', run];
  const refused = await fsa([...words, '--baseline', 'nope']);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('The baseline nope is none of the models: tiny, other.');
  expect(await readdir(folder)).not.toContain('run');
  expect((await fsa([...words, '--baseline', 'other'])).exitCode).toBe(0);
  const stored = JSON.parse(await readFile(join(run, 'run.json'), 'utf8')) as { report: unknown };
  expect(stored.report).toEqual({ baseline: 'other' });
}, 300_000);

it('measures a cell again whose predictions were damaged, says so, and reports into a new folder', async () => {
  const folder = await temporaryFolder();
  const run = join(folder, 'run');
  const words = ['eval', ...AS_IS, '--dataset', await smallDataset(folder, 'atsa'), '--output', run];
  expect((await fsa(words)).exitCode).toBe(0);
  const { cells } = await resultsOf(run);
  const path = join(run, 'jobs', cells[0]?.jobId ?? '', 'predictions.jsonl');
  const whole = await readFile(path, 'utf8');
  await truncate(path, 200);
  const report = await fsa(['report', run]);
  expect(report.exitCode).toBe(2);
  expect(report.stderr).toMatch(/not what it wrote[^]*predictions\.jsonl[^]*measures these cells again/);
  const again = await fsa(words);
  expect(again.exitCode).toBe(0);
  expect(again.stderr).toContain('not what this run wrote');
  expect(await readFile(path, 'utf8')).toBe(whole);
  const elsewhere = join(folder, 'new', 'folder');
  expect((await fsa(['report', run, '--format', 'md', '--output', elsewhere])).exitCode).toBe(0);
  expect(await readdir(elsewhere)).toEqual(['report.md']);
}, 300_000);

it('makes a distilled model again that was cut, with the same bytes', async () => {
  const folder = await temporaryFolder();
  const run = join(folder, 'student');
  const words = ['distill', '--preset', 'sample', '--steps', '4', '--output', run];
  expect((await fsa(words)).exitCode).toBe(0);
  const path = join(run, 'model/model.safetensors');
  const whole = await readFile(path);
  const changed = Buffer.from(whole);
  changed[whole.length - 1] = 1 ^ (whole.at(-1) ?? 0);
  await writeFile(path, changed);
  const used = await fsa([
    'eval',
    '--model',
    `s=${run}`,
    '--dataset',
    await smallDataset(folder, 'atsa'),
    '--epochs',
    '0',
  ]);
  expect(used.exitCode).toBe(2);
  expect(used.stderr).toMatch(/not what fsa wrote[^]*model\/model\.safetensors has other bytes/);
  await truncate(path, 1000);
  const again = await fsa(words);
  expect(again.exitCode).toBe(0);
  expect(again.stderr).toContain('the model is made again');
  expect((await readFile(path)).equals(whole)).toBe(true);
  const third = parseLines((await fsa([...words, '--json'])).stdout);
  expect(third.some(({ type }) => type === 'worker-started' || type === 'data-prepared')).toBe(false);
}, 300_000);
