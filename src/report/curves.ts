/** Training as curves: dev F1 and loss by epoch for each cell, everything by step for a distillation. */
import type { MetricRecord } from '../rpc/messages.js';
import type { RunInput } from './input.js';
import type { Series } from './series.js';
import type { CurvePoint, Distillation, FineTuning, SeedCurve } from './types.js';

/** Points a curve is drawn with at most: more than a screen can show apart. */
const MAX_POINTS = 400;

/** The curves of every series, one entry per dataset and share of the training data. */
export function gatherFineTuning(series: readonly Series[]): FineTuning[] {
  const found = new Map<
    string,
    FineTuning & { seedsPlanned: number; devF1: SeedCurve[]; loss: SeedCurve[] }
  >();
  const keyOf = (label: string, cell: Pick<FineTuning, 'task' | 'dataset' | 'trainShare'>) =>
    JSON.stringify([label, cell.task, cell.dataset, cell.trainShare]);
  for (const { label, cells, missing } of series) {
    for (const { cell, run } of cells) {
      const { task, dataset, trainShare, seed, bestEpoch } = cell;
      if (cell.devF1.length === 0) continue;
      const entry = found.get(keyOf(label, cell)) ?? {
        task,
        dataset,
        model: label,
        trainShare,
        seedsPlanned: 0,
        devF1: [],
        loss: [],
      };
      found.set(keyOf(label, cell), entry);
      entry.seedsPlanned++;
      const devF1 = cell.devF1.map((f1, index) => ({ x: index + 1, y: f1 * 100 }));
      entry.devF1.push({ seed, points: devF1, bestEpoch });
      const loss = lossByEpoch(run.cellMetrics.get(cell.jobId) ?? []);
      if (loss.length > 0) entry.loss.push({ seed, points: loss, bestEpoch });
    }
    for (const { cell } of missing) {
      const entry = found.get(keyOf(label, cell));
      if (entry !== undefined) entry.seedsPlanned++;
    }
  }
  return [...found.values()];
}

/** Mean of the losses logged in each epoch. */
function lossByEpoch(lines: readonly MetricRecord[]): CurvePoint[] {
  const sums = new Map<number, { sum: number; n: number }>();
  for (const { epoch, loss } of lines) {
    if (epoch === null || loss === null) continue;
    const entry = sums.get(epoch) ?? { sum: 0, n: 0 };
    sums.set(epoch, { sum: entry.sum + loss, n: entry.n + 1 });
  }
  return [...sums].map(([x, { sum, n }]) => ({ x, y: sum / n })).sort((a, b) => a.x - b.x);
}

export function gatherDistillations(runs: readonly RunInput[]): Distillation[] {
  return runs
    .filter((run) => run.file.kind === 'distill' && run.distillMetrics.length > 0)
    .map((run) => {
      const lines = run.distillMetrics;
      return {
        run: run.file.name,
        steps: lines.reduce((most, line) => Math.max(most, line.step), 0),
        tokens: lines.reduce((sum, line) => sum + line.tokens, 0),
        loss: curveOf(lines, 'loss'),
        validationLoss: curveOf(lines, 'validationLoss'),
        learningRate: curveOf(lines, 'learningRate'),
        gradientNorm: curveOf(lines, 'gradientNorm'),
        tokensPerSecond: curveOf(lines, 'tokensPerSecond'),
      };
    });
}

type MetricName = 'loss' | 'validationLoss' | 'learningRate' | 'gradientNorm' | 'tokensPerSecond';

function curveOf(lines: readonly MetricRecord[], name: MetricName): CurvePoint[] {
  const points: CurvePoint[] = [];
  for (const line of lines) {
    const y = line[name];
    if (y !== null) points.push({ x: line.step, y });
  }
  return thinOut(points);
}

/** At most `limit` points: each is the mean of a span of equally many; the last point always stays. */
export function thinOut(points: readonly CurvePoint[], limit = MAX_POINTS): CurvePoint[] {
  if (points.length <= limit) return [...points];
  const thinned: CurvePoint[] = [];
  const spans = limit - 1;
  for (let span = 0; span < spans; span++) {
    const from = Math.floor((span * (points.length - 1)) / spans);
    const to = Math.floor(((span + 1) * (points.length - 1)) / spans);
    let [x, y] = [0, 0];
    for (const point of points.slice(from, to)) {
      x += point.x;
      y += point.y;
    }
    thinned.push({ x: x / (to - from), y: y / (to - from) });
  }
  const last = points.at(-1);
  if (last !== undefined) thinned.push(last);
  return thinned;
}
