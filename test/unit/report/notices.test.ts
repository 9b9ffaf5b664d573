import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build.js';
import { toHtml } from '../../../src/report/html.js';
import { toMarkdown } from '../../../src/report/markdown.js';
import type { CellResult } from '../../../src/runs/types.js';
import { makeEval } from './example.js';

const DATASETS = [{ task: 'atsa', name: 'rest14' }] as const;

/** The cell of a model that wrote one piece a sentence, and never a tuple. */
function unreadable(cell: CellResult): CellResult {
  const none = { precision: null, recall: 0, f1: 0, correct: 0, predicted: 0 };
  const subsets = Object.entries(cell.subsets).map(([name, metrics]) => [
    name,
    { ...metrics, ...none, malformed: metrics.sentences },
  ]);
  return { ...cell, subsets: Object.fromEntries(subsets) as CellResult['subsets'] };
}

describe('a run in which no prediction could be read', () => {
  it('says so before anything else, and has no winner', () => {
    const run = makeEval({
      datasets: DATASETS,
      sentences: 20,
      edit: unreadable,
      file: { notes: ['Sample.'] },
    });
    const report = buildReport({ runs: [run] });
    expect(report.notices[0]?.text).toContain(
      'No prediction of the run quickstart could be read: 120 pieces',
    );
    expect(report.notices[1]?.text).toBe('Sample.');
    expect(toMarkdown(report)).not.toMatch(/\*\*\d/);
  });

  it('is not one where a single cell could be read, or where nothing was written', () => {
    const partly = makeEval({
      datasets: DATASETS,
      edit: (cell) => (cell.model === 'base' ? unreadable(cell) : cell),
    });
    expect(buildReport({ runs: [partly] }).notices).toEqual([]);
    const silent = makeEval({
      datasets: DATASETS,
      edit: (cell) => {
        const { subsets } = unreadable(cell);
        const { all } = subsets;
        return { ...cell, subsets: { all: { ...all!, malformed: 0 } } };
      },
    });
    expect(buildReport({ runs: [silent] }).notices).toEqual([]);
  });
});

it('names no best epoch where nothing was fine-tuned', async () => {
  const run = makeEval({ datasets: DATASETS, epochs: 0, edit: (cell) => ({ ...cell, bestEpoch: 0 }) });
  const page = await toHtml(buildReport({ runs: [run] }));
  expect(page).toContain('best epoch');
  expect(page).not.toContain('0 of 0');
});

it('runs that mean different files by one dataset are told of, whatever their models are called', () => {
  const runOf = (name: string, test: string): ReturnType<typeof makeEval> => {
    const hashes = { 'dataset atsa/rest14 train.json': 'a', 'dataset atsa/rest14 test.json': test };
    return makeEval({ name, datasets: DATASETS, models: [name], file: { hashes } });
  };
  const textsOf = (...runs: ReturnType<typeof makeEval>[]): string[] =>
    buildReport({ runs }).notices.map(({ text }) => text);
  expect(textsOf(runOf('old', 'b'), runOf('new', 'c'))).toContain(
    'test.json of atsa/rest14 is not the same in old and new: do not compare their rows.',
  );
  expect(textsOf(runOf('old', 'b'), runOf('new', 'b'))).toEqual([]);
  const untrained = makeEval({
    name: 'llm',
    datasets: DATASETS,
    models: ['llm'],
    file: { hashes: { 'dataset atsa/rest14 test.json': 'b' } },
  });
  expect(textsOf(runOf('old', 'b'), untrained)).toEqual([]);
  // Of a run from elsewhere nothing may be known.
  expect(textsOf(runOf('old', 'b'), makeEval({ name: 'x', datasets: DATASETS, models: ['x'] }))).toEqual([]);
});
