/** The charts of a page, each with a caption; at most a screenful or two, since the tables hold everything. */
import { formatShare } from '../format.js';
import type { Distillation, FineTuning, Report, TaskReport } from '../types.js';
import { barChart } from './bar-chart.js';
import { learningChart, lineChart, seedLines } from './line-charts.js';
import type { Palette } from './palette.js';
import type { Draw } from './draw.js';
import { html, type Markup } from './markup.js';

/** Datasets that are drawn, per kind of chart. */
const MAX_FIGURES = 8;
/** Bars in one chart: more models than this are read in the table. */
const MAX_BARS = 100;

/** For each dataset F1 by subset beside F1 on the dev set, then the learning curves. */
export async function drawTask(
  task: TaskReport,
  fineTuning: readonly FineTuning[],
  palette: Palette,
  draw: Draw,
): Promise<Markup[]> {
  const single = task.columns.filter(({ over }) => over === undefined);
  const datasets = [...new Set(single.map((column) => column.dataset))];
  const share = Math.max(...task.rows.map((row) => row.trainShare));
  const rows = task.rows.filter((row) => row.trainShare === share).length;
  const which = share === 1 ? '' : ` ${formatShare(share)} of the training data.`;
  const figures: Markup[] = [];
  for (const dataset of datasets.slice(0, MAX_FIGURES)) {
    const subsets = task.columns.filter((column) => column.dataset === dataset).length;
    if (rows * subsets <= MAX_BARS) {
      const svg = await draw(
        barChart(task, dataset, share, palette),
        `F1 of each model by subset on ${dataset}`,
      );
      figures.push(figure(dataset, `F1 by subset; lines are ± one standard deviation.${which}`, svg));
    }
    const curves = fineTuning.filter(
      (entry) => entry.task === task.task && entry.dataset === dataset && entry.trainShare === share,
    );
    figures.push(
      ...(await drawDevCurves(curves, palette, draw, Math.min(400, subsets * (34 + 19 * rows) - 70))),
    );
  }
  for (const curve of task.learningCurves.slice(0, MAX_FIGURES)) {
    const svg = await draw(
      learningChart(curve, palette),
      `F1 of each model against the share of the training data on ${curve.dataset}`,
    );
    figures.push(figure(curve.dataset, 'F1 on all test sentences, by share of the training data.', svg));
  }
  return figures;
}

/** Distillations, and the losses of fine-tuning. */
export async function trainingSection(report: Report, palette: Palette, draw: Draw): Promise<Markup | null> {
  const { distillations, fineTuning } = report;
  const blocks: Markup[] = [];
  for (const distillation of distillations) blocks.push(await drawDistillation(distillation, draw));
  const places = groupByPlace(fineTuning);
  const figures: Markup[] = [];
  for (const entries of places.slice(0, MAX_FIGURES)) {
    figures.push(...(await drawLosses(entries, palette, draw)));
  }
  const more = places.length - MAX_FIGURES;
  if (blocks.length + figures.length === 0) return null;
  return html`<section id="training"><h2>Training</h2>${blocks}${
    figures.length === 0
      ? null
      : html`<h3>Fine-tuning</h3><p class="note">${CURVE_NOTE}</p><div class="figures">${figures}</div>`
  }${more > 0 ? html`<p class="note">The curves of ${more} more are not drawn.</p>` : null}</section>`;
}

const CURVE_NOTE =
  'Thin lines are single seeds, thick lines their mean, drawn where every planned seed is there.';

async function drawDistillation(distillation: Distillation, draw: Draw): Promise<Markup> {
  const { run, steps, loss, validationLoss, learningRate, gradientNorm, tokensPerSecond } = distillation;
  const figures: Markup[] = [];
  const add = async (
    title: string,
    note: string,
    y: string,
    lines: Parameters<typeof lineChart>[0],
    fromZero = false,
  ) => {
    if (lines.every((line) => line.points.length < 2)) return;
    const svg = await draw(
      lineChart(lines, { x: 'optimizer step', y, fromZero }),
      `${title} of ${run} by optimizer step`,
    );
    figures.push(figure(title, note, svg));
  };
  await add('Loss', closing('last', loss.at(-1)?.y, 'validation', validationLoss.at(-1)?.y), 'loss', [
    { name: 'training', colour: 0, points: loss },
    ...(validationLoss.length > 0 ? [{ name: 'validation', colour: 1, points: validationLoss }] : []),
  ]);
  await add(
    'Learning rate',
    'As the schedule set it.',
    'learning rate',
    [{ name: 'learning rate', colour: 4, points: learningRate }],
    true,
  );
  await add(
    'Gradient norm',
    'Before clipping.',
    'norm',
    [{ name: 'norm', colour: 3, points: gradientNorm }],
    true,
  );
  await add(
    'Speed',
    'Tokens without padding, per second.',
    'tokens per second',
    [{ name: 'speed', colour: 2, points: tokensPerSecond }],
    true,
  );
  return html`<h3>Distillation: ${run}</h3><p class="note">${steps.toLocaleString('en')} optimizer steps, ${distillation.tokens.toLocaleString('en')} tokens.</p><div class="figures">${figures}</div>`;
}

function closing(...facts: readonly (string | number | undefined)[]): string {
  const shown: string[] = [];
  for (let index = 0; index < facts.length; index += 2) {
    const value = facts[index + 1];
    if (typeof value === 'number') shown.push(`${facts[index] ?? ''} ${value.toPrecision(4)}`);
  }
  return shown.join(', ');
}

async function drawDevCurves(
  entries: readonly FineTuning[],
  palette: Palette,
  draw: Draw,
  height: number,
): Promise<Markup[]> {
  const [first] = entries;
  if (first === undefined || !entries.some(({ devF1 }) => devF1.some(({ points }) => points.length > 1)))
    return [];
  const svg = await draw(
    lineChart(seedLines(entries, 'devF1', palette), {
      x: 'epoch',
      integers: true,
      y: 'dev F1 in points',
      height,
    }),
    `F1 on the dev set of ${nameOf(first)} by epoch`,
  );
  const note = 'Dev F1 by epoch: thin lines are seeds, thick ones the mean where every seed is there.';
  return [figure(first.dataset, note, svg)];
}

async function drawLosses(entries: readonly FineTuning[], palette: Palette, draw: Draw): Promise<Markup[]> {
  const [first] = entries;
  if (first === undefined || !entries.some(({ loss }) => loss.some(({ points }) => points.length > 1)))
    return [];
  const svg = await draw(
    lineChart(seedLines(entries, 'loss', palette), { x: 'epoch', integers: true, y: 'loss', fromZero: true }),
    `Training loss on ${nameOf(first)} by epoch`,
  );
  return [figure(nameOf(first), 'Training loss, mean of each epoch.', svg)];
}

function nameOf({ dataset, task, trainShare }: FineTuning): string {
  return `${dataset} · ${task}${trainShare === 1 ? '' : `, ${formatShare(trainShare)} of the training data`}`;
}

function groupByPlace(fineTuning: readonly FineTuning[]): FineTuning[][] {
  const groups = new Map<string, FineTuning[]>();
  for (const entry of fineTuning) {
    const key = JSON.stringify([entry.task, entry.dataset, entry.trainShare]);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()];
}

export function figure(title: string, note: string, svg: Markup): Markup {
  return html`<figure><figcaption>${title}<span>${note}</span></figcaption>${svg}</figure>`;
}
