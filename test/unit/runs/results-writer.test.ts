/** results.json in pieces: what the plain way writes, without all of it in memory. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { writeResultsFile } from '../../../src/runs/results-writer.js';
import { readResults } from '../../../src/runs/run-folder.js';
import type { CellResult, ResultsFile } from '../../../src/runs/types.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const toJson = (cell: CellResult): Uint8Array => Buffer.from(JSON.stringify(cell));

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

it('writes what its reader takes for whole, whatever is in it, a line a cell', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'results.json');
  const text = fc.string({ unit: 'binary', maxLength: 12 });
  const scores = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }));
  const cells = fc.array(fc.tuple(fc.integer(), text, scores), { maxLength: 150 });
  const missing = fc.array(fc.tuple(fc.integer(), text), { maxLength: 150 });
  const property = fc.asyncProperty(cells, missing, async (done, left) => {
    const results: ResultsFile = {
      schema: 1,
      cells: done.map(([seed, model, devF1]) => cellOf(seed, model, devF1)),
      missing: left.map(([seed, reason]) => missingOf(seed, reason)),
    };
    await writeResultsFile(path, { ...results, cells: results.cells.map(toJson) });
    const written = await readFile(path, 'utf8');
    const { sha256, ...rest } = JSON.parse(written) as Record<string, unknown>;
    expect(rest).toEqual(JSON.parse(JSON.stringify(results)));
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(written.split('\n')).toHaveLength(7 + done.length + left.length);
    expect((await readResults(folder))?.cells).toHaveLength(done.length);
  });
  await fc.assert(property, { numRuns: 25 });
});

it('has one cell in memory at a time, and lets others work meanwhile', async () => {
  const path = join(await temporaryFolder(), 'results.json');
  let [made, turns, isOver] = [0, 0, false];
  const atTurn: number[] = [];
  const other = async (): Promise<void> => {
    for (; !isOver; turns += 1) {
      atTurn.push(made);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const others = other();
  const cells = (function* () {
    for (; made < 6000; made += 1) yield toJson(cellOf(made, 'a'));
  })();
  await writeResultsFile(path, { cells, missing: [] });
  isOver = true;
  await others;
  const steps = atTurn.slice(1).map((count, index) => count - (atTurn[index] ?? 0));
  expect(Math.max(...steps)).toBeLessThan(1500);
  expect(turns).toBeGreaterThan(4);
});
