import { access, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readStudentFile } from '../../src/inference/student-file.js';
import type { ResultsFile } from '../../src/runs/types.js';
import { fsa, parseLines } from '../helpers/cli.js';
import { SAMPLE_STUDENT, smallDataset } from '../helpers/small-data.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

const QUICK = [
  '--epochs',
  '2',
  '--set',
  'eval.batchSize=8',
  '--set',
  'eval.precision=fp32',
  '--threads',
  '1',
  '--json',
];

it('makes one student to deploy, once, with what fsa.json says of it', async () => {
  const folder = await temporaryFolder();
  const dataset = await smallDataset(folder, 'atsa');
  const run = join(folder, 'use');
  const words = ['finetune', '--model', SAMPLE_STUDENT, '--dataset', dataset, '--output', run, ...QUICK];
  const made = await fsa(words);
  expect(made.exitCode, made.stderr).toBe(0);
  const student = await readStudentFile(join(run, 'model'));
  expect(student).toMatchObject({
    task: 'atsa',
    elements: ['term', 'polarity'],
    polarities: ['positive', 'neutral', 'negative', 'conflict'],
    lineBreakToken: null,
    trainedOn: { dataset: 'small', seed: 42, epochs: 2 },
  });
  const results = JSON.parse(await readFile(join(run, 'results.json'), 'utf8')) as ResultsFile;
  expect(student?.test?.['all']?.f1).toBe(results.cells[0]?.subsets.all?.f1);
  expect(parseLines(made.stdout).some(({ type }) => type === 'room-checked')).toBe(true);

  const again = await fsa(words);
  expect(parseLines(again.stdout).some(({ type }) => type === 'job-skipped')).toBe(true);
  await rm(join(run, 'model'), { recursive: true });
  const remade = await fsa(words);
  expect(remade.exitCode, remade.stderr).toBe(0);
  expect(parseLines(remade.stdout).some(({ type }) => type === 'job-skipped')).toBe(false);
  expect(await readStudentFile(join(run, 'model'))).toEqual(student);
});

it('keeps the model of the best seed, and all of them once asked', async () => {
  const folder = await temporaryFolder();
  const dataset = await smallDataset(folder, 'atsa');
  const run = join(folder, 'eval');
  const words = ['eval', '--model', `tiny=${SAMPLE_STUDENT}`, '--dataset', dataset, '--seeds', '3,1,2'];
  const best = await fsa([...words, ...QUICK, '--output', run, '--keep-models', 'best']);
  expect(best.exitCode, best.stderr).toBe(0);
  const { cells } = JSON.parse(await readFile(join(run, 'results.json'), 'utf8')) as ResultsFile;
  const modelOf = (jobId: string): string => join(run, 'jobs', jobId, 'model');
  const kept = async (): Promise<number[]> => {
    const seeds = await Promise.all(
      cells.map(async ({ jobId, seed }) => ((await isThere(modelOf(jobId))) ? [seed] : [])),
    );
    return seeds.flat().sort();
  };
  const scoreOf = (cell: (typeof cells)[number]): number => Math.max(...cell.devF1);
  const highest = Math.max(...cells.map(scoreOf));
  const winner = Math.min(...cells.filter((cell) => scoreOf(cell) === highest).map(({ seed }) => seed));
  expect(await kept()).toEqual([winner]);

  const all = await fsa([...words, ...QUICK, '--output', run, '--keep-models', 'all']);
  expect(all.exitCode, all.stderr).toBe(0);
  expect(await kept()).toEqual([1, 2, 3]);
  expect(parseLines(all.stdout).filter(({ type }) => type === 'job-skipped')).toHaveLength(1);
});

it('refuses to keep models where nothing is fine-tuned', async () => {
  const folder = await temporaryFolder();
  const dataset = await smallDataset(folder, 'atsa');
  const words = ['eval', '--model', SAMPLE_STUDENT, '--dataset', dataset, '--output', join(folder, 'run')];
  const result = await fsa([...words, '--epochs', '0', '--keep-models', 'best']);
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain('with 0 epochs nothing is fine-tuned');
});

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
