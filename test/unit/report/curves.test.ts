import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build.js';
import { thinOut } from '../../../src/report/curves.js';
import { makeDistillation, makeEval } from './example.js';

describe('training curves', () => {
  it('keep the dev F1 and the mean loss of each epoch, per seed', () => {
    const run = makeEval({ seeds: [42, 52], datasets: [{ task: 'acsa', name: 'rest16' }] });
    const [entry] = buildReport({ runs: [run] }).fineTuning;
    const cell = run.results!.cells[0]!;
    expect(entry).toMatchObject({ model: 'base', dataset: 'rest16', seedsPlanned: 2 });
    expect(entry!.devF1[0]!.points).toEqual(cell.devF1.map((f1, index) => ({ x: index + 1, y: f1 * 100 })));
    expect(entry!.devF1[0]!.bestEpoch).toBe(cell.bestEpoch);
    const losses = run.cellMetrics.get(cell.jobId)!.filter((line) => line.epoch === 2);
    const mean = losses.reduce((sum, line) => sum + line.loss!, 0) / losses.length;
    expect(entry!.loss[0]!.points[1]!.x).toBe(2);
    expect(entry!.loss[0]!.points[1]!.y).toBeCloseTo(mean, 12);
  });

  it('count planned seeds that are missing', () => {
    const run = makeEval({ fail: ({ seed }) => (seed === 52 ? 'lost' : null) });
    expect(
      buildReport({ runs: [run] }).fineTuning.map((entry) => [entry.devF1.length, entry.seedsPlanned]),
    ).toEqual(Array.from({ length: 4 }, () => [2, 3]));
  });

  it('of a distillation leave out what was not measured and end at the last step', () => {
    const [curve] = buildReport({ runs: [makeDistillation({ steps: 300 })] }).distillations;
    expect(curve).toMatchObject({ steps: 300, tokens: 2_700_000 });
    expect(curve!.loss).toHaveLength(300);
    expect(curve!.validationLoss.map((point) => point.x)).toEqual([
      30, 60, 90, 120, 150, 180, 210, 240, 270, 300,
    ]);
  });

  it('are thinned to means over spans that use every point once', () => {
    const points = Array.from({ length: 100_001 }, (_, x) => ({ x, y: 3 * x }));
    const thin = thinOut(points, 400);
    expect(thin).toHaveLength(400);
    expect(thin.at(-1)).toEqual(points.at(-1));
    for (const { x, y } of thin) expect(y).toBeCloseTo(3 * x, 6);
    expect(thin.every((point, index) => index === 0 || point.x > thin[index - 1]!.x)).toBe(true);
    expect(thinOut(points.slice(0, 3), 400)).toEqual(points.slice(0, 3));
  });
});
