/** A report as one HTML page that loads nothing and runs nothing but its own script. */
import { createHash } from 'node:crypto';
import { cellsSection, runsSection } from './html/details.js';
import { loadDraw, SERIES_COLOURS } from './html/draw.js';
import { drawTask, trainingSection } from './html/figures.js';
import { html, Markup } from './html/markup.js';
import { mistakesSection } from './html/mistakes-section.js';
import { headSection, summarySection, taskSection } from './html/overview.js';
import { SCRIPT } from './html/script.js';
import { STYLE } from './html/style.js';
import type { TableContext } from './html/tables.js';
import type { Report } from './types.js';

/** The page as a string. Vega is loaded here, on first use. */
export async function toHtml(report: Report): Promise<string> {
  const draw = await loadDraw();
  const context = makeContext(report);
  const { palette } = context;
  const tasks: Markup[] = [];
  for (const task of report.tasks) {
    tasks.push(taskSection(task, await drawTask(task, report.fineTuning, palette, draw), context));
  }
  const training = await trainingSection(report, palette, draw);
  const parts: [id: string, name: string, part: Markup | null][] = [
    ['summary', 'Summary', summarySection(report)],
    ...report.tasks.map(({ task }, index): [string, string, Markup | null] => [
      task,
      task.toUpperCase(),
      tasks[index] ?? null,
    ]),
    ['training', 'Training', training],
    ['mistakes', 'Wrong sentences', mistakesSection(report)],
    ['cells', 'Cells', cellsSection(report, context)],
    ['runs', 'Runs', runsSection(report)],
  ];
  const present = parts.filter(([, , part]) => part !== null);
  const links = present.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="fsa">
<title>${report.title} - fsa report</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the numbers</a>
<div class="wrap">${headSection(report, context)}</div>
<nav aria-label="Sections"><div class="wrap"><ul>${links}</ul></div></nav>
<main id="main" class="wrap">
${present.map(([, , part]) => part)}
</main>
<footer><div class="wrap">F1 is micro-averaged over the pairs of all sentences of a subset. A pair is right when the same pair stands in the sentence's gold. Standard deviations are those of a sample (n - 1). This page loads nothing from anywhere.</div></footer>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.source;
}

/** Nothing may be loaded; the one style sheet and the one script are known by their hashes. */
const POLICY = [
  "default-src 'none'",
  `style-src '${sourceHash(STYLE)}'`,
  `script-src '${sourceHash(SCRIPT)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

function sourceHash(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`;
}

/** The baseline is grey; the other models take the colours in turn. */
function makeContext(report: Report): TableContext {
  const baseline = report.tasks.find((task) => task.differences !== null)?.differences?.baseline ?? null;
  const models = [...new Set(report.tasks.flatMap((task) => task.rows.map((row) => row.model)))];
  const others = models.filter((model) => model !== baseline);
  const palette = new Map(others.map((model, index) => [model, 1 + (index % (SERIES_COLOURS - 1))]));
  if (baseline !== null) palette.set(baseline, 0);
  return { palette, baseline };
}
