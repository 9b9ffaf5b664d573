/** results.json in pieces: the bytes of the plain way, each cell put into words once. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ResultsWriter } from '../../../src/runs/results-writer.js';
import { readResults } from '../../../src/runs/run-folder.js';
import type { CellResult, ResultsFile } from '../../../src/runs/types.js';
import { seal } from '../../../src/storage/sealed-json.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const cellOf = (seed: number, model: string, devF1: number[] = []): CellResult => ({
  jobId: `${model}-${seed}`,
  model,
  task: 'atsa',
  dataset: 'rest14',
  seed,
  trainShare: 1,
  bestEpoch: devF1.length,
  devF1,
  subsets: {},
  device: 'cpu',
  threads: 1,
  seconds: seed / 7,
});
const missingOf = (seed: number, reason: string): ResultsFile['missing'][number] => ({
  jobId: `m${seed}`,
  model: 'a',
  task: 'atsa',
  dataset: 'rest14',
  seed,
  trainShare: 0.5,
  reason,
});

it('writes what the whole file put into words at once would be, whatever is in it', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'results.json');
  const writer = new ResultsWriter(path);
  const text = fc.string({ unit: 'binary', maxLength: 12 });
  const cells = fc.array(
    fc.tuple(fc.integer(), text, fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }))),
    {
      maxLength: 150,
    },
  );
  const missing = fc.array(fc.tuple(fc.integer(), text), { maxLength: 150 });
  const property = fc.asyncProperty(cells, missing, async (done, left) => {
    const results: ResultsFile = {
      schema: 1,
      cells: done.map(([seed, model, devF1]) => cellOf(seed, model, devF1)),
      missing: left.map(([seed, reason]) => missingOf(seed, reason)),
    };
    await writer.write(results);
    expect(await readFile(path, 'utf8')).toBe(`${JSON.stringify(seal(results), null, 2)}\n`);
    expect(await readResults(folder)).not.toBeNull();
  });
  await fc.assert(property, { numRuns: 25 });
});

it('puts a cell into words once, however often the file is written', async () => {
  const folder = await temporaryFolder();
  await mkdir(folder, { recursive: true });
  let asked = 0;
  const counted = Array.from({ length: 300 }, (_, seed) => ({
    ...cellOf(seed, 'a'),
    toJSON(this: CellResult) {
      asked += 1;
      return { ...this, toJSON: undefined };
    },
  }));
  const writer = new ResultsWriter(join(folder, 'results.json'));
  for (let round = 1; round <= 5; round += 1)
    await writer.write({ schema: 1, cells: counted.slice(0, 60 * round), missing: [] });
  expect(asked).toBe(counted.length);
});
