import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TASKS } from '../../../src/tasks/vocabulary.js';
import { buildReport } from '../../../src/report/build.js';
import { diffPrediction, isWrong } from '../../../src/report/prediction-diff.js';
import { makeEval } from './example.js';

const line = (gold: string, text: string) => ({
  id: '7',
  sentence: 'The soup was cold but the view was lovely.',
  gold,
  text,
  subsets: ['all' as const],
});

describe('a prediction beside its gold', () => {
  it('marks what was found, missed, invented and malformed', () => {
    const marked = diffPrediction(
      { task: 'atsa' },
      line('soup | negative ; view | positive', 'view | positive ; soup | neutral ; soup ; wine | positive'),
    );
    expect(marked.gold).toEqual([
      { text: 'soup | negative', mark: 'missed', cause: 'polarity' },
      { text: 'view | positive', mark: 'found' },
    ]);
    expect(marked.predicted).toEqual([
      { text: 'view | positive', mark: 'right' },
      { text: 'soup | neutral', mark: 'extra', cause: 'polarity' },
      { text: 'soup', mark: 'malformed', cause: 'malformed' },
      { text: 'wine | positive', mark: 'malformed', cause: 'malformed' },
    ]);
  });

  it('is no mistake in another order, or with other spaces', () => {
    expect(
      isWrong(
        { task: 'atsa' },
        line('soup | negative ; view | positive', 'view|positive ; soup |  negative'),
      ),
    ).toBe(false);
    expect(isWrong({ task: 'atsa' }, line('', ''))).toBe(false);
    expect(isWrong({ task: 'atsa' }, line('', 'soup | negative'))).toBe(true);
    expect(isWrong({ task: 'atsa' }, line('soup | negative', ''))).toBe(true);
  });

  it('is a mistake exactly where a mark says so', () => {
    const piece = fc.constantFrom(
      ...['soup | negative', 'soup|negative', ' view | positive ', 'soup | neutral', 'wine | positive'],
      ...['soup', 'a | b | c', '|', '', ' ', '\u0000', 'soup\u0000 | negative', '__proto__ | positive'],
    );
    const sequence = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(';'));
    fc.assert(
      fc.property(fc.constantFrom(...TASKS), sequence, sequence, (task, gold, text) => {
        const marked = diffPrediction({ task }, line(gold, text));
        const marks = [...marked.gold, ...marked.predicted].map((one) => one.mark);
        const wrong = marks.some((mark) => mark !== 'found' && mark !== 'right');
        expect(isWrong({ task }, line(gold, text))).toBe(wrong);
      }),
    );
  });
});

describe('the wrong sentences of a report', () => {
  it('are one row for the seeds that made the same mistake', () => {
    const run = makeEval({ models: ['base'], datasets: [{ task: 'atsa', name: 'rest14' }] });
    const [first] = run.results!.cells;
    const lines = [line('soup | negative', 'soup | positive'), line('view | positive', 'view | positive')];
    const other = [line('soup | negative', 'soup | neutral')];
    const jobs = run.results!.cells.map((cell) => cell.jobId);
    const predictions = new Map([
      [jobs[0]!, lines],
      [jobs[1]!, lines],
      [jobs[2]!, other],
    ]);
    const { rows } = buildReport({ runs: [{ ...run, predictions }] }).mistakes;
    expect(rows.map((row) => [row.predicted[0]!.text, row.seeds])).toEqual([
      ['soup | positive', [42, 52]],
      ['soup | neutral', [62]],
    ]);
    expect(first!.model).toBe(rows[0]!.model);
  });

  it('are cut evenly over models, keeping what most seeds got wrong, and say how many were left out', () => {
    const runs = [makeEval({ sentences: 300 })];
    const all = buildReport({ runs }).mistakes;
    const cut = buildReport({ runs }, { maxMistakes: 80 }).mistakes;
    expect(all.leftOut).toBe(0);
    expect(cut.rows).toHaveLength(80);
    expect(cut.rows.length + cut.leftOut).toBe(all.rows.length);
    for (const model of ['base', 'distilled']) {
      expect(cut.rows.filter((row) => row.model === model && row.dataset === 'rest14')).toHaveLength(20);
    }
    const seeds = (rows: typeof all.rows) =>
      rows.filter((row) => row.dataset === 'rest14' && row.model === 'base').map((row) => row.seeds.length);
    const kept = Math.min(...seeds(cut.rows));
    expect(seeds(all.rows).filter((n) => n > kept).length).toBeLessThanOrEqual(20);
  });

  it('are judged by the task of their cell, also where cells share a line', () => {
    const run = makeEval({ models: ['base'], seeds: [42] });
    const shared = line('soup | negative', 'soup | negative ; wine list | positive');
    const jobs = run.results!.cells.map((cell) => cell.jobId);
    const predictions = new Map(jobs.map((job) => [job, [shared]]));
    const { rows } = buildReport({ runs: [{ ...run, predictions }] }).mistakes;
    expect(rows.map((row) => [row.task, row.predicted[1]!.mark])).toEqual([
      ['atsa', 'malformed'],
      ['acsa', 'extra'],
    ]);
  });

  it('count the cells whose predictions are not there', () => {
    const run = makeEval();
    const predictions = new Map([...run.predictions].slice(2));
    expect(buildReport({ runs: [{ ...run, predictions }] }).mistakes.cellsWithoutPredictions).toBe(2);
  });
});
