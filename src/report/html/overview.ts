/** The top of a page: what it is about, what to mind, the highest scores, and the tables of each task. */
import { taskNamed } from '../../tasks/registry.js';
import { bestInColumns } from '../best.js';
import { count, formatDifference, formatPoints, formatPs, formatShare, listWords } from '../format.js';
import type { Report, TaskReport } from '../types.js';
import { differenceNote, intervalNote, ruleNote, scoreNote } from '../wording.js';
import { html, type Markup } from './markup.js';
import { differenceTable, precisionTable, scoreTable, type TableContext } from './tables.js';

/** More cards than this do not help; the tables hold them all. */
const MAX_CARDS = 8;

export function headSection(report: Report, context: TableContext): Markup {
  const planned = report.cells.length + report.missing.length;
  const facts = [
    ...(report.createdAt === null ? [] : [`made ${report.createdAt.slice(0, 16).replace('T', ' ')} UTC`]),
    count(report.runs.length, 'run'),
    ...(planned === 0 ? [] : [`${report.cells.length} of ${count(planned, 'cell')} done`]),
    ...(context.baseline === null ? [] : [`baseline ${context.baseline}`]),
  ];
  return html`<header class="top"><p class="eyebrow">fsa report</p><h1>${report.title}</h1>
<p class="meta">${facts.map((fact) => html`<span>${fact}</span>`)}</p>${notices(report)}</header>`;
}

function notices(report: Report): Markup | null {
  if (report.notices.length === 0) return null;
  return html`<ul class="notices" aria-label="What to know before reading the numbers">${report.notices.map(
    ({ kind, text, runs }) =>
      html`<li class="${kind}"><b>${kind === 'data' ? 'Data' : 'Mind'}:</b> ${text}${
        report.runs.length > 1 && kind === 'data' ? ` (${listWords(runs)})` : ''
      }</li>`,
  )}</ul>`;
}

export function summarySection(report: Report): Markup | null {
  const cards = report.tasks.flatMap(cardsOf);
  if (cards.length === 0) return null;
  const more = cards.length - MAX_CARDS;
  return html`<section id="summary"><h2>Highest mean F1</h2>
<p class="note">On all test sentences of each dataset, in points; only models whose planned seeds are all there.</p>
<div class="cards">${cards.slice(0, MAX_CARDS)}</div>${more > 0 ? html`<p class="note">${count(more, 'more dataset')} in the tables below.</p>` : null}</section>`;
}

function cardsOf(task: TaskReport): Markup[] {
  const best = bestInColumns(task);
  return task.columns.flatMap(({ dataset, subset }, column) => {
    if (subset !== 'all') return [];
    const [row] = best[column] ?? [];
    const winner = row === undefined ? undefined : task.rows[row];
    const f1 = winner?.cells[column]?.f1;
    const title = html`<h3>${dataset} <span aria-hidden="true">·</span> ${task.task}</h3>`;
    if (winner === undefined || f1?.mean == null) {
      return [html`<div class="card">${title}<p class="big"><small>nothing to compare yet</small></p></div>`];
    }
    const spread = f1.deviation === null ? null : html` <small>± ${formatPoints(f1.deviation)}</small>`;
    const share =
      winner.trainShare === 1 ? '' : ` with ${formatShare(winner.trainShare)} of the training data`;
    const difference = task.differences?.rows.find(
      (other) => other.model === winner.model && other.trainShare === winner.trainShare,
    )?.cells[column];
    return [
      html`<div class="card">${title}<p class="big">${formatPoints(f1.mean)}${spread}</p><p><b>${winner.model}</b>${share}, ${count(f1.seedsDone, 'seed')}</p>${
        difference?.meanDifference == null
          ? null
          : html`<p>${formatDifference(difference.meanDifference).replace('-', '−')} to ${task.differences?.baseline ?? ''}${
              formatPs(difference) === null ? '' : ` (${formatPs(difference) ?? ''})`
            }</p>`
      }</div>`,
    ];
  });
}

/** The tables of one task, and its charts. */
export function taskSection(
  task: TaskReport,
  figures: readonly Markup[],
  why: Markup | null,
  context: TableContext,
): Markup {
  const { differences } = task;
  return html`<section id="${task.task}"><h2>${task.task.toUpperCase()}: ${taskNamed(task.task).summary}</h2>
<p class="note">${scoreNote(task)} ${[ruleNote(task.duplicates), intervalNote(task) ?? '', ...task.countNotes].join(' ')} The highest mean of a column is bold.</p>
${scoreTable(task, context)}
${
  differences === null || differences.rows.length === 0
    ? null
    : html`<h3>Difference to ${differences.baseline}</h3><p class="note">${differenceNote(differences)} d is Cohen's d of the pairs: the mean difference in units of its standard deviation over seeds.</p>${differenceTable(task, differences, context)}`
}
${figures.length > 0 ? html`<div class="figures">${figures}</div>` : null}
<details><summary>Precision and recall</summary><p class="note">Precision above, recall below, in the same order as the table of F1.</p>${precisionTable(task, context)}</details>
${why}</section>`;
}
