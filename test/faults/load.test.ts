/**
 * A thousand cells: reported in a few seconds, and, when asked for (`FSA_LOAD_CELLS=1000`), run for real.
 * The wire's load is in test/protocol/flood.test.ts, a result of 10 MB in test/protocol/jobs.test.ts.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { report, type ReportFormat } from '../../src/index.js';
import { seal } from '../../src/storage/sealed-json.js';
import { temporaryFolder } from '../helpers/temp-folder.js';
import { makeEval } from '../unit/report/example.js';
import { openPlace, readJson } from './fault-place.js';

const CELLS = process.env['FSA_LOAD_CELLS'];
const FORMATS: readonly ReportFormat[] = ['html', 'md', 'latex', 'csv', 'json', 'junit'];
const DATASETS = [
  { task: 'atsa', name: 'rest14' },
  { task: 'atsa', name: 'laptop14' },
  { task: 'acsa', name: 'rest16' },
  { task: 'acsa', name: 'laptop16' },
] as const;

/** A report on 5 models and 4 datasets in every format; the processor's time, which others at work do not change. */
async function reportCells(shares: readonly number[], seeds: readonly number[]) {
  const sentences = Number(process.env['FSA_LOAD_SENTENCES'] ?? 100);
  const models = ['base', 'a', 'b', 'c', 'd'];
  const folder = await writeRun(
    makeEval({ models, datasets: DATASETS, seeds: [...seeds], shares: [...shares], sentences, epochs: 20 }),
  );
  const before = process.cpuUsage();
  const { files } = await report({ runs: [folder], formats: FORMATS });
  const { user, system } = process.cpuUsage(before);
  expect(files).toHaveLength(FORMATS.length);
  const cells = models.length * DATASETS.length * shares.length * seeds.length;
  return { folder, cells, busySeconds: (user + system) / 1e6 };
}

describe('a run of a thousand cells', () => {
  it('is read from its folder and reported in every format, in time that grows with its cells', async () => {
    const few = await reportCells([0.5], [42, 52, 62, 72, 82]);
    const many = await reportCells([0.1, 0.25, 0.5, 0.75, 1], [42, 52, 62, 72, 82, 142, 152, 162, 172, 182]);
    console.log(
      `${few.cells} cells: ${few.busySeconds.toFixed(1)} s of the processor's time, ${many.cells} cells: ${many.busySeconds.toFixed(1)} s`,
    );
    const cases = await readFile(join(many.folder, 'report.junit.xml'), 'utf8');
    expect(cases.match(/<testcase /g)).toHaveLength(1000);
    expect((await readFile(join(many.folder, 'report.html'), 'utf8')).length).toBeGreaterThan(100_000);
    // Growing with the square of the cells would be a hundred times as long.
    expect(many.busySeconds).toBeLessThan(25 * few.busySeconds);
  });

  it.skipIf(CELLS === undefined)(
    `is trained and tested, ${CELLS} of them, each once, and then nothing is left to do`,
    async () => {
      const place = await openPlace();
      const seeds = Array.from({ length: Number(CELLS) }, (_, index) => index + 1).join(',');
      const words = place.evalWords('run', seeds, ['--parallel', '2', '--epochs', '1']);
      const outcome = await place.run(words);
      expect(outcome).toMatchObject({ exitCode: 0, error: null });
      const finished = outcome.events.filter(({ type }) => type === 'job-finished').map(({ jobId }) => jobId);
      expect(new Set(finished).size).toBe(Number(CELLS));
      expect(finished).toHaveLength(Number(CELLS));
      const results = await readJson<{ cells: { seed: number }[] }>(join(place.folder, 'run/results.json'));
      expect(results.cells.map(({ seed }) => seed).join()).toBe(seeds);
      const again = await place.run(words);
      expect(again.exitCode).toBe(0);
      expect(again.events.map(({ type }) => type)).not.toContain('worker-started');
    },
    Number(CELLS) * 20_000,
  );
});

/** A run folder as `fsa eval` leaves it. */
async function writeRun(run: ReturnType<typeof makeEval>): Promise<string> {
  const folder = join(await temporaryFolder(), 'run');
  await mkdir(folder);
  await writeFile(join(folder, 'run.json'), JSON.stringify(run.file));
  await writeFile(join(folder, 'results.json'), JSON.stringify(seal(run.results as object)));
  for (const [jobId, lines] of run.predictions) {
    const job = join(folder, 'jobs', jobId);
    await mkdir(job, { recursive: true });
    await writeFile(join(job, 'predictions.jsonl'), toLines(lines));
    await writeFile(join(job, 'metrics.jsonl'), toLines(run.cellMetrics.get(jobId) ?? []));
  }
  return folder;
}

function toLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
