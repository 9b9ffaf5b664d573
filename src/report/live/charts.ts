/** The curves of a run that goes on: dev F1 and loss by epoch for cells, loss by step for what trains now. */
import { lineChart, seedLines, type LineSeries } from '../html/line-charts.js';
import type { Draw } from '../html/draw.js';
import { html, type Markup } from '../html/markup.js';
import type { Palette } from '../html/palette.js';
import type { CurvePoint, FineTuning, SeedCurve } from '../types.js';
import type { LiveJob } from './state.js';

/** Loss by optimizer step of a job that trains now. */
export interface LossCurve {
  readonly label: string;
  readonly loss: readonly CurvePoint[];
  readonly validationLoss: readonly CurvePoint[];
}

/** Datasets that are drawn; the others stand in the table. */
const MOST_DATASETS = 6;

export async function drawCurves(
  jobs: readonly LiveJob[],
  training: readonly LossCurve[],
  draw: Draw,
): Promise<Markup[]> {
  const figures: Markup[] = [];
  const add = async (title: string, note: string, lines: readonly LineSeries[], x: string, y: string) => {
    if (lines.every(({ points }) => points.length < 2)) return;
    const svg = await draw(lineChart(lines, { x, y, integers: true }), `${title}: ${note}`);
    figures.push(html`<figure><figcaption>${title}<span>${note}</span></figcaption>${svg}</figure>`);
  };
  const losses = training.flatMap(({ label, loss, validationLoss }, index): LineSeries[] => [
    { name: label, colour: 2 * index, points: loss },
    ...(validationLoss.length > 0
      ? [{ name: `${label}, validation`, colour: 2 * index + 1, points: validationLoss }]
      : []),
  ]);
  await add('Training now', 'loss by optimizer step', losses, 'optimizer step', 'loss');
  const tuning = gather(jobs);
  const palette: Palette = new Map(
    [...new Set(tuning.map(({ model }) => model))].map((model, at) => [model, at]),
  );
  const datasets = [...new Set(tuning.map(({ dataset }) => dataset))].slice(0, MOST_DATASETS);
  for (const dataset of datasets) {
    const entries = tuning.filter((entry) => entry.dataset === dataset);
    await add(
      dataset,
      'F1 on dev by epoch; thin lines are seeds',
      seedLines(entries, 'devF1', palette),
      'epoch',
      'F1 in points',
    );
    await add(
      dataset,
      'training loss by epoch; thin lines are seeds',
      seedLines(entries, 'loss', palette),
      'epoch',
      'loss',
    );
  }
  return figures;
}

/** Cells by model and dataset, a curve for each seed. */
function gather(jobs: readonly LiveJob[]): FineTuning[] {
  const found = new Map<
    string,
    FineTuning & { seedsPlanned: number; devF1: SeedCurve[]; loss: SeedCurve[] }
  >();
  for (const { facts, epochs } of jobs) {
    const { task, dataset, model, seed } = facts;
    if (task === null || dataset === null || model === null || seed === null || epochs.length === 0) continue;
    const key = withoutSeed(facts.label);
    const entry = found.get(key) ?? {
      task: task as FineTuning['task'],
      dataset: `${task}/${dataset}`,
      model: key.replace(` · ${task}/${dataset}`, ''),
      trainShare: 1,
      seedsPlanned: 0,
      devF1: [],
      loss: [],
    };
    found.set(key, entry);
    entry.seedsPlanned += 1;
    const curve = (points: CurvePoint[]): SeedCurve => ({ seed, points, bestEpoch: 0 });
    entry.devF1.push(curve(epochs.map(({ epoch, devF1 }) => ({ x: epoch, y: devF1 * 100 }))));
    entry.loss.push(
      curve(epochs.flatMap(({ epoch, meanLoss }) => (meanLoss === null ? [] : [{ x: epoch, y: meanLoss }]))),
    );
  }
  return [...found.values()];
}

/** `model · task/dataset · share`: what cells have in common that differ in their seed alone. */
export function withoutSeed(label: string): string {
  return label.replace(/ · seed -?\d+$/, '');
}
