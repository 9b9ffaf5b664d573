import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { sync } from '../../../src/pipelines/sync.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { trackersBin } from '../../helpers/trackers-python.js';
import { range, WrittenRun } from '../../helpers/written-run.js';

const READER = resolve(import.meta.dirname, '../../fixtures/trackers/read-scalars.py');
const WORK = { emit: () => undefined, signal: new AbortController().signal };

type Scalars = Record<string, Record<string, [number, number][]>>;

async function readBack(folder: string): Promise<Scalars> {
  const { stdout } = await execa(join(await trackersBin(), 'python'), [READER, folder]);
  return JSON.parse(stdout) as Scalars;
}

it('TensorBoard reads every step once, also after a resume and after a note of what was sent is lost', async () => {
  const run = await WrittenRun.create(await temporaryFolder());
  await run.start(['first', 'second']);
  await run.metrics('first', range(1, 300));
  await sync({ run: run.folder, track: ['tensorboard'] }, WORK);
  await run.cutMetrics('first', 200);
  await run.metrics('first', range(200, 400), 123_456.5);
  await run.metrics('second', range(1, 5));
  await sync({ run: run.folder, track: ['tensorboard'] }, WORK);
  await rm(join(run.folder, 'sinks'), { recursive: true });
  await sync({ run: run.folder, track: ['tensorboard'] }, WORK);
  const scalars = await readBack(join(run.folder, 'tensorboard'));
  expect(Object.keys(scalars).sort()).toEqual(['model_first-first', 'model_second-second']);
  const first = scalars['model_first-first']?.['loss'] ?? [];
  expect(first.map(([step]) => step)).toEqual(range(1, 400));
  for (const [step, value] of first) expect(value).toBeCloseTo(1 / step, 6);
  expect(scalars['model_second-second']?.['tokens_per_second']).toHaveLength(5);
});
