import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cp } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { ResultsFile } from '../../src/runs/types.js';
import { fsa, parseLines, startFsa } from '../helpers/cli.js';
import { SAMPLE_STUDENT, smallDataset } from '../helpers/small-data.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

const QUICK = ['--epochs', '2', '--set', 'eval.batchSize=8', '--threads', '1'];

async function readResults(run: string): Promise<ResultsFile> {
  return JSON.parse(await readFile(join(run, 'results.json'), 'utf8')) as ResultsFile;
}

/** What must not depend on how a run went: everything but times. */
function numbersOf({ cells }: ResultsFile): unknown {
  return cells
    .map(({ seconds: _seconds, usage: _usage, ...numbers }) => numbers)
    .sort((a, b) => (a.jobId < b.jobId ? -1 : 1));
}

/** The training loss of every step of every cell. */
async function readLosses(run: string, { cells }: ResultsFile): Promise<unknown[][]> {
  const read = async (jobId: string): Promise<unknown[]> =>
    parseLines(await readFile(join(run, 'jobs', jobId, 'metrics.jsonl'), 'utf8')).map(({ loss }) => loss);
  return await Promise.all(cells.map(({ jobId }) => read(jobId)));
}

/** A whole file with right shapes, whose last weight is no number: only loading it can tell. */
async function spoilWeights(path: string): Promise<void> {
  const content = await readFile(path);
  content.writeFloatLE(Number.NaN, content.length - 4);
  await writeFile(path, content);
}

describe('fsa eval', () => {
  it('gives the same numbers one after the other, side by side, and in another order', async () => {
    const folder = await temporaryFolder();
    const atsa = await smallDataset(folder, 'atsa');
    const acsa = await smallDataset(folder, 'acsa');
    const words = (run: string, parallel: string, datasets: string[], seeds: string): string[] => [
      'eval',
      ...['--model', `tiny=${SAMPLE_STUDENT}`, ...QUICK, '--parallel', parallel, '--seeds', seeds],
      ...datasets.flatMap((path) => ['--dataset', path]),
      ...['--output', join(folder, run)],
    ];
    const alone = await fsa(words('alone', '1', [atsa, acsa], '42,52'));
    expect(alone.stderr).toContain('4 done');
    expect(alone.exitCode).toBe(0);
    const together = await fsa(words('together', '3', [acsa, atsa], '52,42'));
    expect(together.exitCode).toBe(0);
    const first = await readResults(join(folder, 'alone'));
    expect(first.cells).toHaveLength(4);
    expect(numbersOf(await readResults(join(folder, 'together')))).toEqual(numbersOf(first));
    const losses = await readLosses(join(folder, 'alone'), first);
    expect(await readLosses(join(folder, 'together'), first)).toEqual(losses);
    // Cells differ from each other: the sameness above is no accident.
    expect(new Set(losses.map(String)).size).toBe(4);
    expect(together.stdout).toMatch(/Report: .*report\.html$/m);
    expect(together.stdout).not.toContain('worker on');
    // No worker waits for another's start, nor for what is measured on the first.
    const journal = await readFile(join(folder, 'together', 'journal.ndjson'), 'utf8');
    const starts = parseLines(journal).filter(({ type }) => /^worker-(started|ready)$/.test(String(type)));
    expect(starts.slice(0, 3).map(({ type }) => type)).toEqual(Array(3).fill('worker-started'));
  });

  it('goes on after kill -9 without doing finished cells again, and ends with the same numbers', async () => {
    const folder = await temporaryFolder();
    const dataset = await smallDataset(folder, 'atsa');
    const words = (run: string): string[] => [
      'eval',
      ...['--model', `tiny=${SAMPLE_STUDENT}`, '--dataset', dataset, '--seeds', '1,2,3', ...QUICK],
      ...['--output', join(folder, run)],
    ];
    const killed = startFsa([...words('killed'), '--json']);
    killed.onStdout((said) => {
      if (said.includes('"job-finished"')) killed.kill('SIGKILL');
    });
    const { stdout } = await killed.ended;
    const finished = parseLines(stdout.slice(0, stdout.lastIndexOf('\n'))).filter(
      ({ type }) => type === 'job-finished',
    );
    expect(finished.length).toBeGreaterThanOrEqual(1);
    const again = await fsa([...words('killed'), '--json']);
    expect(again.exitCode).toBe(0);
    const events = parseLines(again.stdout);
    expect(events.filter(({ type }) => type === 'job-skipped').map(({ jobId }) => jobId)).toEqual(
      expect.arrayContaining(finished.map(({ jobId }) => jobId)),
    );
    expect(events.at(-1)?.['type']).toBe('result');
    await fsa(words('undisturbed'));
    expect(numbersOf(await readResults(join(folder, 'killed')))).toEqual(
      numbersOf(await readResults(join(folder, 'undisturbed'))),
    );
  });

  it('lets the other cells end when one fails, says why, and does only the failed one again', async () => {
    const folder = await temporaryFolder();
    const dataset = await smallDataset(folder, 'atsa');
    const broken = join(folder, 'broken');
    await cp(SAMPLE_STUDENT, broken, { recursive: true });
    await spoilWeights(join(broken, 'model.safetensors'));
    const words = [
      'eval',
      '--model',
      `good=${SAMPLE_STUDENT}`,
      '--model',
      `bad=${broken}`,
      '--dataset',
      dataset,
    ];
    const run = join(folder, 'run');
    const first = await fsa([...words, '--seeds', '1', ...QUICK, '--output', run]);
    expect(first.exitCode).toBe(2);
    expect(first.stdout).toMatch(/failed: bad · atsa\/small · seed 1: .+/);
    const results = await readResults(run);
    expect(results.cells.map(({ model }) => model)).toEqual(['good']);
    expect(results.missing).toMatchObject([{ model: 'bad', reason: expect.any(String) as string }]);
    const again = await fsa([...words, '--seeds', '1', ...QUICK, '--output', run, '--json']);
    const events = parseLines(again.stdout);
    expect(again.exitCode).toBe(2);
    const labelsOf = (wanted: string): unknown[] =>
      events.filter(({ type }) => type === wanted).map(({ label }) => label);
    expect(labelsOf('job-skipped')).toEqual([expect.stringMatching(/^good /)]);
    expect(new Set(labelsOf('job-started'))).toEqual(new Set(['bad · atsa/small · seed 1']));
  });

  it('refuses to go on with other settings or other data in the same folder', async () => {
    const folder = await temporaryFolder();
    const dataset = await smallDataset(folder, 'atsa');
    const run = join(folder, 'run');
    const words = [
      'eval',
      '--model',
      `tiny=${SAMPLE_STUDENT}`,
      '--dataset',
      dataset,
      '--seeds',
      '1',
      '--output',
      run,
    ];
    expect((await fsa([...words, ...QUICK])).exitCode).toBe(0);
    const other = await fsa([...words, ...QUICK, '--set', 'eval.learningRate=1e-3']);
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain('the setting eval.learningRate was 0.0003 and is now 0.001');
    await appendFile(join(dataset, 'train.json'), '\n');
    const changed = await fsa([...words, ...QUICK]);
    expect(changed.exitCode).toBe(2);
    expect(changed.stderr).toContain('dataset atsa/small train.json');
    expect((await fsa([...words, ...QUICK, '--replace'])).exitCode).toBe(0);
    expect((await readdir(folder)).filter((name) => name.startsWith('run'))).toHaveLength(2);
  });

  it('measures models as they are with no epochs, and shares of the training data', async () => {
    const folder = await temporaryFolder();
    const dataset = await smallDataset(folder, 'acsa');
    const words = [
      'eval',
      '--model',
      `tiny=${SAMPLE_STUDENT}`,
      '--dataset',
      dataset,
      '--seeds',
      '1',
      '--threads',
      '1',
    ];
    const asIs = await fsa([...words, '--epochs', '0', '--output', join(folder, 'as-is')]);
    expect(asIs.exitCode).toBe(0);
    expect((await readResults(join(folder, 'as-is'))).cells).toMatchObject([{ bestEpoch: 0, devF1: [] }]);
    const shares = await fsa([
      ...words,
      '--epochs',
      '1',
      '--train-share',
      '0.5,1',
      '--output',
      join(folder, 'shares'),
    ]);
    expect(shares.exitCode).toBe(0);
    expect((await readResults(join(folder, 'shares'))).cells.map(({ trainShare }) => trainShare)).toEqual([
      0.5, 1,
    ]);
  });

  it('saves on Ctrl-C, ends with 130, leaves no worker behind, and can go on', async () => {
    const folder = await temporaryFolder();
    const dataset = await smallDataset(folder, 'atsa');
    const run = join(folder, 'run');
    const words = [
      'eval',
      '--model',
      `tiny=${SAMPLE_STUDENT}`,
      '--dataset',
      dataset,
      '--seeds',
      '1',
      ...QUICK,
      '--output',
      run,
    ];
    const running = startFsa([...words, '--json']);
    let asked = false;
    running.onStdout((said) => {
      // Once: the second Ctrl-C ends the process at once.
      if (!asked && said.includes('"job-epoch"')) running.kill('SIGINT');
      asked ||= said.includes('"job-epoch"');
    });
    const { exitCode, stdout } = await running.ended;
    const pid = Number(/"worker-started".*?"pid":(\d+)/.exec(stdout)?.[1] ?? 0);
    expect(exitCode).toBe(130);
    expect(pid).toBeGreaterThan(0);
    expect(() => process.kill(pid, 0)).toThrow();
    const again = await fsa(words);
    expect(again.exitCode).toBe(0);
    await rm(run, { recursive: true });
  });
});
