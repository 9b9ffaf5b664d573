/** Why it is wrong, of one task: causes in a chart and a table, then the figures of parts and the labels. */
import type { SetAnalysis, TaskReport } from '../types.js';
import {
  CAUSE_WORDS,
  causeLine,
  type CauseLine,
  causesIn,
  confusionTable,
  formatCount,
  mainAnalyses,
  type PartTable,
  partTables,
  WHY_NOTE,
} from '../why.js';
import { causeChart } from './cause-chart.js';
import type { Draw } from './draw.js';
import { figure } from './figures.js';
import { html, type Markup } from './markup.js';
import { modelName, plainTable, type TableContext } from './tables.js';

/** Bars in the chart: more models and datasets than this are read in the table. */
const MAX_BARS = 60;

/** Null where no cell says why. */
export async function whyBlock(task: TaskReport, context: TableContext, draw: Draw): Promise<Markup | null> {
  const analyses = mainAnalyses(task);
  if (analyses.length === 0) return null;
  const lines = analyses.map(causeLine);
  const whole = analyses.filter(({ subset }) => subset === 'all');
  const datasets = [...new Set(whole.map(({ dataset }) => dataset))];
  return html`<h3>Why it is wrong</h3><p class="note">${WHY_NOTE} Numbers are means per seed.</p>
${await chartOf(task, lines, draw)}${causeTables(task, lines, context)}
${datasets.map((dataset) => {
  const group = whole.filter((one) => one.dataset === dataset);
  return html`<details><summary>${dataset}: figures by polarity, category, form and part</summary>
<p class="note">All test sentences, the counts of all seeds together. Below F1 stand precision and recall.</p>
${partTables(group).map((table) => partTable(dataset, table))}${confusionBlock(dataset, group, context)}</details>`;
})}`;
}

async function chartOf(
  { task }: TaskReport,
  lines: readonly CauseLine[],
  draw: Draw,
): Promise<Markup | null> {
  const whole = lines.filter(({ subset }) => subset === 'all');
  const none = whole.every(({ causes }) => Object.values(causes).every((count) => count === 0));
  if (whole.length > MAX_BARS || none) return null;
  const svg = await draw(causeChart(whole), `Mistakes of each model by cause on ${task}`);
  const note = 'A wrong prediction and the gold tuple it is near are one mistake.';
  return html`<div class="figures">${figure('Mistakes by cause', note, svg)}</div>`;
}

/** The whole test set in sight, the other sets behind a click. */
function causeTables(task: TaskReport, lines: readonly CauseLine[], context: TableContext): Markup {
  const causes = causesIn(lines);
  const meanings = causes.map((cause) => `${cause}: ${CAUSE_WORDS[cause]}`);
  const table = (shown: readonly CauseLine[]) =>
    plainTable(
      `${task.task}: mistakes by cause`,
      ['model', 'dataset', 'set', 'wrong', 'missed', ...causes],
      shown.map((line) => [
        modelName(line.model, context),
        line.dataset,
        line.subset,
        formatCount(line.wrong),
        formatCount(line.missed),
        ...causes.map((cause) => formatCount(line.causes[cause])),
      ]),
      [1, 2],
    );
  const others = lines.filter(({ subset }) => subset !== 'all');
  return html`${table(lines.filter(({ subset }) => subset === 'all'))}<p class="note">${meanings.join('; ')}.</p>${
    others.length === 0
      ? null
      : html`<details><summary>Mistakes by cause in each set</summary>${table(others)}</details>`
  }`;
}

function partTable(dataset: string, { title, models, rows }: PartTable): Markup {
  return html`<h4>F1 ${title}</h4>${plainTable(
    `${dataset}: F1 ${title}`,
    ['', 'gold', ...models],
    rows.map(({ name, figures }) => [
      name,
      formatCount(Math.max(0, ...figures.map(({ gold }) => gold))),
      ...figures.map(
        ({ f1, precision, recall }) => html`${f1}<span class="p">${precision} / ${recall}</span>`,
      ),
    ]),
    [],
  )}`;
}

function confusionBlock(
  dataset: string,
  analyses: readonly SetAnalysis[],
  context: TableContext,
): Markup | null {
  const table = confusionTable(analyses);
  if (table === null) return null;
  return html`<h4>Polarity given where all else in the tuple is right</h4>${plainTable(
    `${dataset}: polarities of gold and prediction`,
    ['model', 'gold', ...table.labels.map((label) => `→ ${label}`)],
    table.rows.map(({ model, gold, counts }) => [
      modelName(model, context),
      gold,
      ...counts.map((count, column) =>
        table.labels[column] === gold ? html`<b>${formatCount(count)}</b>` : formatCount(count),
      ),
    ]),
    [1],
  )}`;
}
