import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build.js';
import { toMarkdown } from '../../../src/report/markdown.js';
import { makeDistillation, makeEval } from './example.js';

const DATASETS = [{ task: 'atsa', name: 'rest14' }] as const;

function scoresOf(run: ReturnType<typeof makeEval>, model: string): number[] {
  const cells = run.results?.cells.filter((cell) => cell.model === model) ?? [];
  return cells.map((cell) => cell.subsets.all!.f1! * 100);
}

describe('the table of scores', () => {
  it('shows the mean and the sample standard deviation over seeds, in points', () => {
    const run = makeEval({ datasets: DATASETS });
    const [a, b, c] = scoresOf(run, 'base') as [number, number, number];
    const f1 = buildReport({ runs: [run] }).tasks[0]!.rows[0]!.cells[0]!.f1;
    const mean = (a + b + c) / 3;
    expect(f1.mean).toBeCloseTo(mean, 10);
    expect(f1.deviation).toBeCloseTo(
      Math.sqrt(((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) / 2),
      10,
    );
    expect(f1.values.map((value) => value.seed)).toEqual([42, 52, 62]);
  });

  it('claims no mean where a planned seed is missing, and says why', () => {
    const run = makeEval({
      datasets: DATASETS,
      fail: ({ model, seed }) =>
        model === 'distilled' && seed === 52 ? 'The worker ran out of memory.' : null,
    });
    const report = buildReport({ runs: [run] });
    const cell = report.tasks[0]!.rows[1]!.cells[0]!;
    expect(cell.f1).toMatchObject({
      state: 'partial',
      seedsDone: 2,
      seedsPlanned: 3,
      mean: null,
      deviation: null,
    });
    expect(cell.precision.mean).toBeNull();
    expect(report.missing).toMatchObject([
      { model: 'distilled', seed: 52, reason: 'The worker ran out of memory.' },
    ]);
    expect(report.notices.map((notice) => notice.text).join()).toContain('1 of 6 planned cells is missing');
    const text = toMarkdown(report);
    expect(text).toContain('| 2 of 3 seeds |');
    expect(text).toContain('The worker ran out of memory.');
  });

  it('shows a group without any finished cell as missing', () => {
    const report = buildReport({
      runs: [
        makeEval({ datasets: DATASETS, fail: ({ model }) => (model === 'base' ? 'not run yet' : null) }),
      ],
    });
    expect(report.tasks[0]!.rows[0]!.cells[0]!.f1).toMatchObject({
      state: 'missing',
      seedsDone: 0,
      seedsPlanned: 3,
    });
    expect(toMarkdown(report)).toContain('| base | missing |');
  });

  it('does not take an empty subset for a perfect one', () => {
    const run = makeEval({
      datasets: DATASETS,
      edit: (cell) => {
        const { hard: _, ...subsets } = cell.subsets;
        return cell.model === 'base' ? { ...cell, subsets } : cell;
      },
    });
    const { columns, rows } = buildReport({ runs: [run] }).tasks[0]!;
    const hard = columns.findIndex((column) => column.subset === 'hard');
    expect(rows[0]!.cells[hard]!.f1).toMatchObject({ state: 'empty', mean: null });
    expect(rows[1]!.cells[hard]!.f1.state).toBe('complete');
  });

  it('gives each share of the training data a row, and makes learning curves', () => {
    const task = buildReport({ runs: [makeEval({ datasets: DATASETS, shares: [0.5, 0.1, 1] })] }).tasks[0]!;
    expect(task.rows.map((row) => [row.model, row.trainShare])).toEqual([
      ['base', 0.1],
      ['base', 0.5],
      ['base', 1],
      ['distilled', 0.1],
      ['distilled', 0.5],
      ['distilled', 1],
    ]);
    expect(task.learningCurves).toHaveLength(1);
    expect(task.learningCurves[0]!.shares).toEqual([0.1, 0.5, 1]);
    expect(task.learningCurves[0]!.rows[1]!.points[2]!.mean).toBe(task.rows[5]!.cells[0]!.f1.mean);
  });

  it('has a standard deviation of null for a single seed', () => {
    const report = buildReport({ runs: [makeEval({ datasets: DATASETS, seeds: [42] })] });
    expect(report.tasks[0]!.rows[0]!.cells[0]!.f1).toMatchObject({
      state: 'complete',
      seedsDone: 1,
      deviation: null,
    });
    expect(toMarkdown(report)).toContain('of one seed: nothing is known about the spread');
  });
});

describe('differences against a baseline', () => {
  it('pairs by seed and gives the exact p with the smallest one attainable', () => {
    const run = makeEval({ datasets: DATASETS });
    const report = buildReport({ runs: [run] }, { baseline: 'base' });
    const cell = report.tasks[0]!.differences!.rows[0]!.cells[0]!;
    const [base, distilled] = [scoresOf(run, 'base'), scoresOf(run, 'distilled')];
    const differences = distilled.map((value, index) => value - base[index]!);
    expect(cell.meanDifference).toBeCloseTo(differences.reduce((a, b) => a + b) / 3, 10);
    expect(differences.every((value) => value > 0)).toBe(true);
    expect(cell).toMatchObject({ pairs: 3, p: 0.25, smallestP: 0.25, method: 'exact' });
    expect(toMarkdown(report)).toContain('with 3 seeds p cannot go below 0.25');
  });

  it('has no difference where a pair is missing', () => {
    const run = makeEval({
      datasets: DATASETS,
      fail: ({ model, seed }) => (model === 'base' && seed === 62 ? 'x' : null),
    });
    const cell = buildReport({ runs: [run] }).tasks[0]!.differences!.rows[0]!.cells[0]!;
    expect(cell).toMatchObject({ meanDifference: null, p: null, pairs: 2, reason: '2 of 3 pairs' });
  });

  it('takes a model called base by itself, another by name, and none for null', () => {
    const runs = [makeEval({ datasets: DATASETS })];
    expect(buildReport({ runs }).tasks[0]!.differences?.baseline).toBe('base');
    expect(buildReport({ runs }, { baseline: 'distilled' }).tasks[0]!.differences?.baseline).toBe(
      'distilled',
    );
    expect(buildReport({ runs }, { baseline: null }).tasks[0]!.differences).toBeNull();
    const others = [makeEval({ datasets: DATASETS, models: ['one', 'two'] })];
    expect(buildReport({ runs: others }).tasks[0]!.differences).toBeNull();
  });

  it('refuses a baseline that is not there, naming those that are', () => {
    const runs = [makeEval({ datasets: DATASETS })];
    expect(() => buildReport({ runs }, { baseline: 'bsae' })).toThrow(
      'No model of these runs is called "bsae".',
    );
    const error = (() => {
      try {
        buildReport({ runs }, { baseline: 'bsae' });
      } catch (thrown) {
        return thrown;
      }
      return null;
    })();
    expect(error).toMatchObject({
      code: 'USAGE',
      advice: 'Name one of "base" and "distilled", or leave the baseline out.',
    });
  });
});

describe('several runs', () => {
  it('joins seeds of one model when the runs measure alike', () => {
    const runs = [
      makeEval({ name: 'a', datasets: DATASETS, seeds: [42, 52] }),
      makeEval({ name: 'b', datasets: DATASETS, seeds: [52, 62] }),
    ];
    const { rows } = buildReport({ runs }).tasks[0]!;
    expect(rows.map((row) => row.model)).toEqual(['base', 'distilled']);
    expect(rows[0]!.cells[0]!.f1.values.map((value) => value.seed)).toEqual([42, 52, 62]);
  });

  it('counts a cell that is done in one run and missing in the other as done', () => {
    const options = { datasets: DATASETS, seeds: [42, 52] };
    const runs = [
      makeEval({ ...options, name: 'a', fail: ({ seed }) => (seed === 52 ? 'not run yet' : null) }),
      makeEval({ ...options, name: 'b' }),
    ];
    const report = buildReport({ runs });
    expect(report.missing).toEqual([]);
    expect(report.tasks[0]!.rows[0]!.cells[0]!.f1).toMatchObject({ state: 'complete', seedsDone: 2 });
  });

  it('keeps runs with other settings, other data or rival cells apart, and says so', () => {
    const alike = makeEval({ name: 'a', datasets: DATASETS });
    const longer = makeEval({ name: 'b', datasets: DATASETS, seeds: [72], epochs: 9 });
    const otherData = makeEval({
      name: 'b',
      datasets: DATASETS,
      seeds: [72],
      file: { hashes: { lock: 'b'.repeat(64) } },
    });
    const rival = makeEval({
      name: 'b',
      datasets: DATASETS,
      edit: (cell) => ({ ...cell, jobId: `${cell.jobId}-other` }),
    });
    for (const other of [longer, otherData, rival]) {
      const report = buildReport({ runs: [alike, other] });
      const models = report.tasks[0]!.rows.map((row) => row.model);
      expect(models).toEqual(['base (a)', 'base (b)', 'distilled (a)', 'distilled (b)']);
      expect(report.notices.map((notice) => notice.text).join()).toContain(
        'measured with different settings or data',
      );
      expect(() => buildReport({ runs: [alike, other] }, { baseline: 'base' })).toThrow(
        'measured differently in 2 runs',
      );
    }
  });

  it('tells namesakes apart by their folders', () => {
    const other = { ...makeEval({ datasets: DATASETS, epochs: 9 }), folder: 'elsewhere/quickstart' };
    const report = buildReport({ runs: [makeEval({ datasets: DATASETS }), other] });
    expect(report.tasks[0]!.rows.map((row) => row.model)).toContain('base (elsewhere/quickstart)');
  });
});

describe('what a reader must know', () => {
  it('states the facts of the runs, and the devices and threads when they differ', () => {
    const run = makeEval({
      datasets: DATASETS,
      file: { notes: ['The data are synthetic.'] },
      edit: (cell) => (cell.seed === 42 ? { ...cell, device: 'cuda:0', threads: 4 } : cell),
    });
    const texts = buildReport({ runs: [run] }).notices.map((notice) => notice.text);
    expect(texts[0]).toBe('The data are synthetic.');
    expect(texts.join('\n')).toMatch(/different devices: cuda:0 \(2 cells\) and cpu \(4 cells\)/);
    expect(texts.join('\n')).toMatch(
      /different thread counts: 4 threads \(2 cells\) and 1 thread \(4 cells\)/,
    );
    expect(buildReport({ runs: [makeEval({ datasets: DATASETS })] }).notices).toEqual([]);
  });

  it('names the duplicate rule, and does not compare across rules', () => {
    const run = makeEval({
      datasets: DATASETS,
      edit: (cell) => {
        if (cell.model === 'base') return cell;
        const once = Object.entries(cell.subsets).map(([name, metrics]) => [
          name,
          { ...metrics, duplicates: 'once' },
        ]);
        return { ...cell, subsets: Object.fromEntries(once) as typeof cell.subsets };
      },
    });
    const report = buildReport({ runs: [run] });
    expect(report.tasks[0]!.duplicates).toEqual(['each', 'once']);
    expect(report.tasks[0]!.rows.map((row) => row.cells[0]!.duplicates)).toEqual(['each', 'once']);
    expect(report.tasks[0]!.differences!.rows[0]!.cells[0]!.reason).toBe('counted differently');
    expect(report.notices.map((notice) => notice.text).join()).toContain('different rules');
  });

  it('says of an eval without results that it has none', () => {
    const run = { ...makeEval(), results: null };
    expect(buildReport({ runs: [run] }).notices[0]!.text).toBe('The run quickstart has no results yet.');
  });
});

describe('a report', () => {
  it('has the same bytes for the same runs', () => {
    const runs = [makeEval(), makeDistillation()];
    expect(JSON.stringify(buildReport({ runs }))).toBe(JSON.stringify(buildReport({ runs })));
  });

  it('is empty without runs', () => {
    expect(buildReport({ runs: [] })).toMatchObject({ tasks: [], cells: [], missing: [], notices: [] });
  });
});
