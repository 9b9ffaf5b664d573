import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build.js';
import type { RunInput } from '../../../src/report/input.js';
import { toMarkdown } from '../../../src/report/markdown.js';
import { makeEval } from './example.js';

const datasets = [
  { task: 'atsa', name: 'rest14' },
  { task: 'atsa', name: 'laptop14' },
] as const;

/** The run with other ids for its sentences. */
function renamed(run: RunInput, idOf: (index: number) => string): RunInput {
  const sentences = [...run.sentences].map(
    ([job, rows]) => [job, rows.map((row, index) => ({ ...row, id: idOf(index) }))] as const,
  );
  return { ...run, sentences: new Map(sentences) };
}

describe('the mean over datasets', () => {
  const report = buildReport({ runs: [makeEval({ datasets })] });
  const task = report.tasks[0]!;

  it('is a named column of its own: of each seed first, then over seeds', () => {
    const column = task.columns.at(-1)!;
    expect(column).toEqual({
      dataset: 'macro mean of 2 datasets',
      subset: 'all',
      over: ['rest14', 'laptop14'],
    });
    const row = task.rows[1]!;
    const [one, other] = row.cells.filter((cell) => cell.subset === 'all');
    const macro = row.cells.at(-1)!;
    expect(macro.f1.values.map(({ points }) => points)).toEqual(
      one!.f1.values.map(({ points }, place) => (points + other!.f1.values[place]!.points) / 2),
    );
    expect(macro.f1.mean).toBeCloseTo((one!.f1.mean! + other!.f1.mean!) / 2, 10);
    // Errors of datasets that are drawn apart even out.
    const width = ({ interval }: typeof macro) => interval!.high - interval!.low;
    expect(width(macro)).toBeLessThan(Math.max(width(one!), width(other!)));
    expect(toMarkdown(report)).toContain('macro mean of 2 datasets all');
  });

  it('has no mean where one dataset lacks a seed, and is not there for one dataset', () => {
    const lacking = makeEval({
      datasets,
      fail: ({ model, dataset, seed }) =>
        model === 'base' && dataset === 'rest14' && seed === 42 ? 'killed' : null,
    });
    const [base, other] = buildReport({ runs: [lacking] }).tasks[0]!.rows;
    expect(base!.cells.at(-1)).toMatchObject({ f1: { state: 'partial', mean: null }, interval: null });
    expect(other!.cells.at(-1)!.f1.state).toBe('complete');
    const single = buildReport({ runs: [makeEval({ datasets: [datasets[0]] })] }).tasks[0]!;
    expect(single.columns.every(({ over }) => over === undefined)).toBe(true);
  });
});

describe('intervals and tests over sentences', () => {
  it('hold the difference, and are adjusted over the whole table', () => {
    const { differences } = buildReport({ runs: [makeEval({ datasets, models: ['base', 'a', 'b'] })] })
      .tasks[0]!;
    const cells = differences!.rows.flatMap((row) => row.cells);
    expect(differences).toMatchObject({ tests: cells.length, sentenceTests: cells.length });
    for (const { interval, meanDifference, p, pHolm, sentenceP, sentencePHolm } of cells) {
      expect(interval!.low).toBeLessThan(meanDifference!);
      expect(interval!.high).toBeGreaterThan(meanDifference!);
      expect(interval).toMatchObject({ samples: 10_000, unit: 'sentence' });
      expect(pHolm!).toBeGreaterThanOrEqual(p!);
      expect(sentencePHolm!).toBeGreaterThanOrEqual(sentenceP!);
    }
    const smallest = Math.min(...cells.map(({ sentenceP }) => sentenceP!));
    expect(Math.min(...cells.map(({ sentencePHolm }) => sentencePHolm!))).toBeCloseTo(
      smallest * cells.length,
      10,
    );
  });

  it('are counted once for a set that is the whole test set again', () => {
    const whole = makeEval({
      datasets,
      edit: (cell) => ({ ...cell, subsets: { all: cell.subsets.all!, test: cell.subsets.all! } }),
    });
    const { columns, differences } = buildReport({ runs: [whole] }).tasks[0]!;
    expect(columns.map(({ subset }) => subset)).toEqual(['all', 'test', 'all', 'test', 'all']);
    expect(differences!.tests).toBe(3);
    const cells = differences!.rows[0]!.cells;
    expect(cells[1]!.pHolm).toBe(cells[0]!.pHolm);
    expect(Math.min(...cells.map(({ pHolm }) => pHolm!))).toBe(3 * Math.min(...cells.map(({ p }) => p!)));
  });

  it('draw reviews where ids say so, and sentences where ids only count the lines of a file', () => {
    const run = makeEval({ datasets: [datasets[0]] });
    const unitOf = (idOf: (index: number) => string) => {
      const report = buildReport({ runs: [renamed(run, idOf)] });
      return report.tasks[0]!.rows[0]!.cells[0]!.interval!;
    };
    const sentences = unitOf((index) => String(index));
    expect(sentences.unit).toBe('sentence');
    expect(unitOf((index) => `test.csv:${index + 2}`)).toEqual(sentences);
    const reviews = unitOf((index) => `1004${Math.floor(index / 3)}:${index % 3}`);
    expect(reviews.unit).toBe('review');
    expect(reviews.low).not.toBe(sentences.low);
  });

  it('draw reviews that the dataset names apart from ids, and say what was drawn', () => {
    const run = makeEval({ datasets: [datasets[0]] });
    const reportOf = (rowsInReview: number) => {
      const sentences = [...run.sentences].map(
        ([job, rows]) =>
          [
            job,
            rows.map((row, index) => ({ ...row, review: `r${Math.floor(index / rowsInReview)}` })),
          ] as const,
      );
      return buildReport({ runs: [{ ...run, sentences: new Map(sentences) }] });
    };
    const [known, few] = [reportOf(3), reportOf(60)];
    const named = buildReport({ runs: [renamed(run, (index) => `r${Math.floor(index / 3)}:${index}`)] });
    const intervalOf = (report: typeof known) => report.tasks[0]!.rows[0]!.cells[0]!.interval!;
    expect(intervalOf(known)).toEqual(intervalOf(named));
    const noteOf = (report: typeof known) =>
      / of the mean: .+ of the test set drawn/.exec(toMarkdown(report))![0];
    expect(noteOf(known)).toContain('reviews (with all their sentences)');
    expect(intervalOf(few)).toEqual(intervalOf(buildReport({ runs: [run] })));
    expect(noteOf(few)).toBe(
      ' of the mean: sentences (those of one review taken as independent) of the test set drawn',
    );
  });

  it('are not there where predictions are gone, or are not those that were scored', () => {
    const run = makeEval({ datasets: [datasets[0]] });
    const without = (sentences: RunInput['sentences']) => {
      const { rows, differences } = buildReport({ runs: [{ ...run, sentences }] }).tasks[0]!;
      return [rows[0]!.cells[0]!.interval, differences!.rows[0]!.cells[0]!.sentenceP];
    };
    expect(without(new Map())).toEqual([null, null]);
    const [[job, rows]] = [...run.sentences] as [
      [string, typeof run.sentences extends ReadonlyMap<string, infer T> ? T : never],
    ];
    const edited = rows.map((row) => ({ ...row, counts: { ...row.counts, correct: row.counts.gold } }));
    expect(without(new Map([...run.sentences, [job, edited]]))).toEqual([null, null]);
    expect(without(new Map([...run.sentences, [job, rows.slice(1)]]))).toEqual([null, null]);
    expect(without(run.sentences)).not.toContain(null);
  });
});
