/** How often results.json is written, and that nothing is missing of it at the end. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ResultsKeeper } from '../../../src/pipelines/eval/results.js';
import { CellResults } from '../../../src/runs/cell-results.js';
import type { ResultsToWrite } from '../../../src/runs/results-writer.js';
import type { CellResult } from '../../../src/runs/types.js';

const CELLS = 10_000;
const key = { model: 'm', task: 'atsa', dataset: 'd', trainShare: 1 } as const;
const planned = Array.from({ length: CELLS }, (_, seed) => ({ id: `j${seed}`, key: { ...key, seed } }));
const resultOf = (seed: number): CellResult => ({
  jobId: `j${seed}`,
  ...key,
  seed,
  bestEpoch: 0,
  devF1: [],
  subsets: {},
  device: 'cpu',
  threads: 1,
  seconds: 1,
});
const none = { cells: new CellResults(), missing: [] };

/** A folder whose writes take as long as they are told to, by the same clock. */
class SlowFolder {
  readonly written: number[] = [];
  fails = false;
  constructor(private readonly secondsPerCell: number) {}

  async writeResults(results: ResultsToWrite): Promise<void> {
    const cells = [...results.cells];
    await new Promise((resolve) => setTimeout(resolve, 1000 * this.secondsPerCell * cells.length));
    if (this.fails) throw new Error('The disk is full.');
    this.written.push(cells.length);
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function finishCells(keeper: ResultsKeeper, seconds: number): Promise<void> {
  for (let seed = 0; seed < CELLS; seed += 1) {
    keeper.add(resultOf(seed));
    await vi.advanceTimersByTimeAsync((1000 * seconds) / CELLS);
  }
}

it('says what is planned before there is a number, and not again where there are some', async () => {
  const planOf = async (done: CellResults): Promise<number[]> => {
    const missing: number[] = [];
    const folder = {
      writeResults: (results: ResultsToWrite): Promise<void> => {
        missing.push(results.missing.length);
        return Promise.resolve();
      },
    };
    await new ResultsKeeper(folder, planned, done, none).begin();
    return missing;
  };
  const some = new CellResults();
  expect(await planOf(some)).toEqual([CELLS]);
  some.add(resultOf(0));
  expect(await planOf(some)).toEqual([]);
});

it('takes a thousandth of the time for it, and has everything in the end', async () => {
  const folder = new SlowFolder(0.5 / CELLS);
  const keeper = new ResultsKeeper(folder, planned, new CellResults(), none);
  await finishCells(keeper, 3600);
  const busySeconds = folder.written.reduce((sum, cells) => sum + (0.5 * cells) / CELLS, 0);
  expect(busySeconds).toBeLessThan(3600 / 1000 + 1);
  expect(folder.written.length).toBeGreaterThan(5);
  const flushed = keeper.flush();
  await vi.runAllTimersAsync();
  await flushed;
  expect(folder.written.at(-1)).toBe(CELLS);
  expect(keeper.file.missing).toEqual([]);
});

it('writes a small file within a second of each news, once', async () => {
  const folder = new SlowFolder(0);
  const keeper = new ResultsKeeper(folder, planned.slice(0, 3), new CellResults(), none);
  keeper.add(resultOf(0));
  await vi.advanceTimersByTimeAsync(1);
  expect(folder.written).toEqual([1]);
  keeper.add(resultOf(1));
  keeper.fail('j2', 'no luck');
  await vi.advanceTimersByTimeAsync(1000);
  expect(folder.written).toEqual([1, 2]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(folder.written).toEqual([1, 2]);
});

it('throws at the next cell what a write met that nobody waited for', async () => {
  const folder = new SlowFolder(0);
  const keeper = new ResultsKeeper(folder, planned.slice(0, 3), new CellResults(), none);
  folder.fails = true;
  keeper.add(resultOf(0));
  await vi.advanceTimersByTimeAsync(1);
  expect(() => keeper.add(resultOf(1))).toThrow('The disk is full.');
});
