import { describe, expect, it } from 'vitest';
import { parseLeastScore } from '../../../src/pipelines/gates.js';
import { buildReport } from '../../../src/report/build.js';
import { judgeGates, nameGate } from '../../../src/report/gates.js';
import { toJunit } from '../../../src/report/junit.js';
import type { GateOutcome } from '../../../src/report/types.js';
import type { CellResult, ResultsFile } from '../../../src/runs/types.js';
import { makeEval } from './example.js';

/** Results whose F1 on every subset is what is said, by seed. */
function resultsOf(points: Readonly<Record<string, readonly number[]>>, missing = 0): ResultsFile {
  const like = makeEval({ models: ['m'], datasets: [{ task: 'atsa', name: 'rest14' }], seeds: [1] }).results!;
  const [cell] = like.cells as [CellResult];
  const withF1 = (model: string, seed: number, f1: number): CellResult => {
    const subsets = Object.entries(cell.subsets).map(([name, metrics]) => [
      name,
      { ...metrics, f1: f1 / 100 },
    ]);
    return { ...cell, model, seed, subsets: Object.fromEntries(subsets) as CellResult['subsets'] };
  };
  const cells = Object.entries(points).flatMap(([model, values]) =>
    values.map((f1, index) => withF1(model, index + 1, f1)),
  );
  const gaps = Array.from({ length: missing }, (_, index) => {
    const { jobId, model, task, dataset, trainShare } = cells[0]!;
    return { jobId, model, task, dataset, trainShare, seed: 100 + index, reason: 'killed' };
  });
  return { schema: 1, cells, missing: gaps };
}

const rules = { least: [], earlier: null, models: ['m'], datasets: ['atsa/rest14'] };

const judgeLeast = (words: string, results: ResultsFile): readonly GateOutcome[] =>
  judgeGates(results, { ...rules, least: [parseLeastScore(words)] });

const judgeAgainst = (now: ResultsFile, before: ResultsFile): GateOutcome =>
  judgeGates(now, { ...rules, earlier: { name: 'runs/old', results: before } })[0]!;

describe('--fail-under', () => {
  it('holds the mean over seeds to the figure, and says what the interval is', () => {
    const results = resultsOf({ m: [64, 65, 66] });
    expect(judgeLeast('atsa/rest14=65', results)).toMatchObject([{ passed: true, model: 'm' }]);
    const [outcome] = judgeLeast('atsa/rest14=65.1', results);
    expect(outcome).toMatchObject({ passed: false, gate: 'fail-under atsa/rest14=65.1' });
    expect(outcome!.message).toBe(
      'F1 65.00 is under 65.10; 95 % interval 62.52 to 67.48 over 3 seeds, which holds 65.10: other seeds may tell otherwise.',
    );
    expect(judgeLeast('atsa/rest14=90', results)[0]!.message).toBe(
      'F1 65.00 is under 90.00; 95 % interval 62.52 to 67.48 over 3 seeds.',
    );
  });

  it('shows a mean that misses by less than is shown with all its digits', () => {
    expect(judgeLeast('atsa/rest14=65', resultsOf({ m: [64.998] }))[0]).toMatchObject({
      passed: false,
      message: expect.stringMatching(/^F1 64\.998\d* is under 65\.00; /) as string,
    });
  });

  it('is met by the figure itself, whatever the last bits of its sums are', () => {
    for (const points of [14, 28, 29, 55, 56, 57, 58])
      expect(judgeLeast(`atsa/rest14=${points}`, resultsOf({ m: [points] }))[0]!.passed).toBe(true);
  });

  it('says where seeds are too few for an interval', () => {
    const [outcome] = judgeLeast('atsa/rest14/hard=70', resultsOf({ m: [64] }));
    expect(outcome).toMatchObject({
      passed: false,
      message: 'F1 64.00 is under 70.00; 1 seed, too few for an interval.',
    });
  });

  it('is not met where a seed has no figure', () => {
    const [outcome] = judgeLeast('atsa/rest14=1', resultsOf({ m: [64, 65] }, 1));
    expect(outcome).toMatchObject({ passed: false, message: '1 of 3 seeds has no figure.' });
  });

  it('reads one model, a subset and a task, and refuses what it cannot read', () => {
    for (const words of ['acsa/rest16=60.5', 'my model:asqp/x/implicit=0', 'a:b:atsa/rest14=100'])
      expect(nameGate(parseLeastScore(words))).toBe(words);
    for (const words of [
      '',
      'rest14=65',
      'atsa/rest14',
      'atsa/rest14=101',
      'atsa/rest14=-1',
      'nope/x=1',
      'atsa/x/y=1',
    ])
      expect(() => parseLeastScore(words)).toThrow(/cannot be read/);
  });

  it('refuses a share of 1, which every model would meet', () => {
    expect(() => parseLeastScore('atsa/rest14=0.65')).toThrow(
      expect.objectContaining({ advice: expect.stringContaining('write 65 where F1 0.65') as unknown }),
    );
    expect(parseLeastScore('atsa/rest14=1').points).toBe(1);
  });
});

describe('--no-worse-than', () => {
  const before = resultsOf({ m: [60, 62, 64, 66] });

  it('passes the same and the better figures, and a loss that may be chance', () => {
    expect(judgeAgainst(before, before)).toMatchObject({ passed: true });
    expect(judgeAgainst(resultsOf({ m: [61, 63, 65, 67] }), before)).toMatchObject({ passed: true });
    const chance = judgeAgainst(resultsOf({ m: [50, 66, 63, 67] }), before);
    expect(chance).toMatchObject({ passed: true, gate: 'no-worse-than runs/old' });
    expect(chance.message).toMatch(
      /^F1 -1\.50 over 4 seeds in common; 95 % interval -\d+\.\d\d to \+\d+\.\d\d does not show it worse\.$/,
    );
  });

  it('fails where the whole interval of the paired difference is below 0', () => {
    const worse = judgeAgainst(resultsOf({ m: [59, 61.1, 62.9, 65] }), before);
    expect(worse.passed).toBe(false);
    expect(worse.message).toMatch(/^F1 -1\.00 over 4 .* is below 0 throughout\.$/);
  });

  it('finds nothing worse where what one seed lost another won, to the last bits', () => {
    const [even, spread] = [resultsOf({ m: [50.2, 50.2] }), resultsOf({ m: [50.1, 50.3] })];
    expect([judgeAgainst(spread, even), judgeAgainst(even, spread)]).toMatchObject([
      { passed: true },
      { passed: true },
    ]);
  });

  it('takes the plain difference where seeds in common are few', () => {
    const worse = judgeAgainst(resultsOf({ m: [59.9] }), before);
    expect(worse).toMatchObject({
      passed: false,
      message: 'F1 -0.10 over 1 seed in common, too few for an interval: the plain difference decides.',
    });
  });

  it('compares with the only model of the other run, whatever it is called, and never over other rules', () => {
    expect(judgeAgainst(resultsOf({ m: [70] }), resultsOf({ other: [60] }))).toMatchObject({ passed: true });
    const counted = resultsOf({ m: [60] });
    const other: ResultsFile = {
      ...counted,
      cells: counted.cells.map((cell) => ({ ...cell, compare: 'tokenizer-normalised' })),
    };
    expect(judgeAgainst(resultsOf({ m: [70] }), other)).toMatchObject({
      passed: false,
      message: expect.stringContaining('counted in another way') as string,
    });
  });

  it('takes the figures of one share of the training data, and has none where the other run has not that share', () => {
    const ofShare = (trainShare: number, points: number): ResultsFile['cells'] =>
      resultsOf({ m: [points] }).cells.map((cell) => ({ ...cell, trainShare }));
    const tenth: ResultsFile = { schema: 1, cells: ofShare(0.1, 60), missing: [] };
    const both: ResultsFile = { schema: 1, cells: [...ofShare(0.1, 60), ...ofShare(1, 80)], missing: [] };
    expect(judgeAgainst(resultsOf({ m: [70] }), tenth)).toMatchObject({
      passed: false,
      message: 'That run has no figures for this dataset with 100 % of the training data.',
    });
    expect(judgeAgainst(tenth, both)).toMatchObject({
      passed: true,
      message: expect.stringMatching(/^F1 \+?0\.00 over 1 seed/) as string,
    });
  });
});

it('gates stand in JUnit XML with their figures', () => {
  const gates = judgeLeast('atsa/rest14=90', resultsOf({ m: [64, 65, 66] }));
  const xml = toJunit(buildReport({ runs: [makeEval()] }, { gates }));
  expect(xml).toContain('<testsuite name="gates" tests="1" failures="1"');
  expect(xml).toContain('<failure message="F1 65.00 is under 90.00; 95 % interval 62.52 to 67.48');
  expect(xml).toMatch(/<testsuites [^>]*failures="1"/);
});
