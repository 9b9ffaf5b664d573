import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build.js';
import { markLine } from '../../../src/report/marks.js';
import { isMistaken } from '../../../src/report/mistakes.js';
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
    const marked = markLine(
      'atsa',
      line('soup | negative ; view | positive', 'view | positive ; soup | neutral ; soup ; wine | positive'),
    );
    expect(marked.mistaken).toBe(true);
    expect(marked.gold).toEqual([
      { text: 'soup | negative', mark: 'missed' },
      { text: 'view | positive', mark: 'found' },
    ]);
    expect(marked.predicted).toEqual([
      { text: 'view | positive', mark: 'right' },
      { text: 'soup | neutral', mark: 'extra' },
      { text: 'soup', mark: 'malformed' },
      { text: 'wine | positive', mark: 'malformed' },
    ]);
  });

  it('is no mistake in another order, or with other spaces', () => {
    expect(
      isMistaken('atsa', line('soup | negative ; view | positive', 'view|positive ; soup |  negative')),
    ).toBe(false);
    expect(isMistaken('atsa', line('', ''))).toBe(false);
    expect(isMistaken('atsa', line('', 'soup | negative'))).toBe(true);
    expect(isMistaken('atsa', line('soup | negative', ''))).toBe(true);
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

  it('count the cells whose predictions are not there', () => {
    const run = makeEval();
    const predictions = new Map([...run.predictions].slice(2));
    expect(buildReport({ runs: [{ ...run, predictions }] }).mistakes.cellsWithoutPredictions).toBe(2);
  });
});
