/** The end of a page: single results, missing cells, and how the runs came about. */
import { SUBSETS } from '../../tasks/vocabulary.js';
import { count, formatPoints, formatShare, formatSpan } from '../format.js';
import { describeReproduction } from '../reproduction.js';
import type { Report, RunLine } from '../types.js';
import { html, Markup } from './markup.js';
import { modelName, plainTable, type TableContext } from './tables.js';

export function cellsSection(report: Report, context: TableContext): Markup | null {
  if (report.cells.length + report.missing.length === 0) return null;
  const { missing, cells } = report;
  const missingTable = html`<h3>Missing cells</h3>${plainTable(
    'Missing cells',
    ['model', 'task', 'dataset', 'seed', 'train share', 'why'],
    missing.map((cell) => [
      modelName(cell.model, context),
      cell.task,
      cell.dataset,
      cell.seed,
      formatShare(cell.trainShare),
      html`<div class="text">${cell.reason}</div>`,
    ]),
    [1, 2, 5],
  )}`;
  const subsets = SUBSETS.filter((subset) => cells.some((cell) => cell.f1[subset] !== null));
  const cellTable = plainTable(
    'Single results',
    [
      'model',
      'task',
      'dataset',
      'seed',
      'train share',
      ...subsets.map((subset) => `F1 ${subset}`),
      'best epoch',
      'device',
      'threads',
      'time',
    ],
    cells.map((cell) => [
      modelName(cell.model, context),
      cell.task,
      cell.dataset,
      cell.seed,
      formatShare(cell.trainShare),
      ...subsets.map((subset) => showPoints(cell.f1[subset])),
      cell.epochs === 0 ? '–' : `${cell.bestEpoch} of ${cell.epochs}`,
      cell.device,
      cell.threads,
      formatSpan(cell.seconds),
    ]),
    [1, 2],
  );
  const seconds = cells.reduce((sum, cell) => sum + cell.seconds, 0);
  return html`<section id="cells"><h2>Cells</h2>
<p class="note">A cell is one model, fine-tuned and tested on one dataset with one seed. ${count(cells.length, 'cell')} took ${formatSpan(seconds)} of computing in all.</p>
${missing.length > 0 ? missingTable : null}
${cells.length > 0 ? html`<details><summary>Single results (${cells.length})</summary>${cellTable}</details>` : null}</section>`;
}

function showPoints(points: number | null): string {
  return points === null ? '–' : formatPoints(points);
}

export function runsSection(report: Report): Markup {
  return html`<section id="runs"><h2>Runs</h2>${report.runs.map(describeRun)}</section>`;
}

function describeRun(run: RunLine): Markup {
  const facts: [string, string][] = [
    ['kind', run.kind],
    ['folder', run.folder],
    ['started', run.createdAt],
    ['device', run.device],
    ...describeReproduction(run),
    ...Object.entries(run.versions),
    ...(run.kind === 'eval'
      ? [['cells', `${run.cellsDone} of ${run.cellsPlanned} done`] as [string, string]]
      : []),
  ];
  const hashes = Object.entries(run.hashes);
  return html`<h3>${run.name}</h3>
<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<details><summary>Configuration</summary><pre>${lines(JSON.stringify(run.config, null, 2))}</pre></details>
${
  hashes.length === 0
    ? null
    : html`<details><summary>SHA-256 of what it stands on (${hashes.length})</summary><dl class="facts">${hashes.map(
        ([name, hash]) => html`<dt>${name}</dt><dd>${hash}</dd>`,
      )}</dl></details>`
}`;
}

/** Text of several lines with its indentation; escaping alone would make one line of it. */
function lines(text: string): Markup[] {
  return text
    .split('\n')
    .map((line) => html`${new Markup(/^ */.exec(line)?.[0] ?? '')}${line}${new Markup('\n')}`);
}
