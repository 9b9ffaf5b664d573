/** A report as one HTML page that loads nothing and runs nothing but its own script. */
import { cellsSection, runsSection } from './html/details.js';
import { loadDraw, SERIES_COLOURS } from './html/draw.js';
import { drawTask, trainingSection } from './html/figures.js';
import { frontierSection } from './html/frontier-section.js';
import { html, type Markup } from './html/markup.js';
import { mistakesSection } from './html/mistakes-section.js';
import { headSection, summarySection, taskSection } from './html/overview.js';
import { makePage } from './html/page.js';
import { SCRIPT } from './html/script.js';
import type { TableContext } from './html/tables.js';
import { whyBlock } from './html/why-section.js';
import type { Report } from './types.js';

/** The page as a string. Vega is loaded here, on first use. */
export async function toHtml(report: Report): Promise<string> {
  const draw = await loadDraw();
  const context = makeContext(report);
  const { palette } = context;
  const tasks: Markup[] = [];
  for (const task of report.tasks) {
    const figures = await drawTask(task, report.fineTuning, palette, draw);
    tasks.push(taskSection(task, figures, await whyBlock(task, context, draw), context));
  }
  const training = await trainingSection(report, palette, draw);
  const parts: [id: string, name: string, content: Markup | null][] = [
    ['summary', 'Summary', summarySection(report)],
    ...report.tasks.map(({ task }, index): [string, string, Markup | null] => [
      task,
      task.toUpperCase(),
      tasks[index] ?? null,
    ]),
    ['frontier', 'Cost', await frontierSection(report.frontiers, context, draw)],
    ['training', 'Training', training],
    ['mistakes', 'Wrong sentences', mistakesSection(report)],
    ['cells', 'Cells', cellsSection(report, context)],
    ['runs', 'Runs', runsSection(report)],
  ];
  return makePage({
    title: `${report.title} - fsa report`,
    head: headSection(report, context),
    sections: parts.flatMap(([id, name, content]) => (content === null ? [] : [{ id, name, content }])),
    foot: FOOT,
    script: SCRIPT,
  });
}

const FOOT = html`F1 is micro-averaged over the pairs of all sentences of a subset. A pair is right when the same pair stands in the sentence's gold. Standard deviations are those of a sample (n - 1). This page loads nothing from anywhere.`;

/** The baseline is grey; the other models take the colours in turn. */
function makeContext(report: Report): TableContext {
  const baseline = report.tasks.find((task) => task.differences !== null)?.differences?.baseline ?? null;
  const models = [...new Set(report.tasks.flatMap((task) => task.rows.map((row) => row.model)))];
  const others = models.filter((model) => model !== baseline);
  const palette = new Map(others.map((model, index) => [model, 1 + (index % (SERIES_COLOURS - 1))]));
  if (baseline !== null) palette.set(baseline, 0);
  return { palette, baseline };
}
