/** The tables of a page. */
import { bestInColumns } from '../best.js';
import { formatDifference, formatInterval, formatP, formatPoints, formatShare } from '../format.js';
import type { Column, Difference, DifferenceTable, Summary, TaskReport } from '../types.js';
import { commonPairs, commonSeeds } from '../wording.js';
import type { Palette } from './palette.js';
import { html, type Content, type Markup } from './markup.js';

export interface TableContext {
  readonly palette: Palette;
  readonly baseline: string | null;
}

export function scoreTable(task: TaskReport, context: TableContext): Markup {
  const best = bestInColumns(task);
  const withN = commonSeeds(task) === null;
  return matrix(task, context, `${task.task}: F1`, task.rows, (row, column) => {
    const summary = task.rows[row]?.cells[column]?.f1;
    if (summary === undefined) return html``;
    const interval = task.rows[row]?.cells[column]?.interval ?? null;
    const shown = html`${showSummary(summary, withN)}${
      interval === null ? null : html`<span class="p">${formatInterval(interval)}</span>`
    }`;
    return best[column]?.has(row) === true ? html`<span class="best">${shown}</span>` : shown;
  });
}

export function precisionTable(task: TaskReport, context: TableContext): Markup {
  return matrix(task, context, `${task.task}: precision and recall`, task.rows, (row, column) => {
    const cell = task.rows[row]?.cells[column];
    if (cell === undefined) return html``;
    if (cell.precision.mean === null || cell.recall.mean === null) return showSummary(cell.precision, false);
    return html`${showSummary(cell.precision, false)}<span class="p">${showSummary(cell.recall, false)}</span>`;
  });
}

export function differenceTable(task: TaskReport, table: DifferenceTable, context: TableContext): Markup {
  const withN = commonPairs(table) === null;
  const label = `${task.task}: differences in F1 to ${table.baseline}`;
  return matrix(task, context, label, table.rows, (row, column) => {
    const cell = table.rows[row]?.cells[column];
    return cell === undefined ? html`` : showDifference(cell, withN);
  });
}

type Keys = readonly { readonly model: string; readonly trainShare: number }[];

/** Rows are models (and shares), columns are datasets and subsets. */
function matrix(
  task: TaskReport,
  context: TableContext,
  label: string,
  keys: Keys,
  show: (row: number, column: number) => Markup,
): Markup {
  const withShare = new Set(task.rows.map((row) => row.trainShare)).size > 1;
  const { columns } = task;
  const lead = withShare
    ? html`<th class="lead" scope="col" rowspan="2">model</th><th scope="col" rowspan="2">train share</th>`
    : html`<th class="lead" scope="col" rowspan="2">model</th>`;
  const edge = (column: number) =>
    column > 0 && columns[column - 1]?.dataset !== columns[column]?.dataset ? 'edge' : '';
  return scroll(
    label,
    html`<thead><tr>${lead}${spans(columns).map(
      ([dataset, width], index) =>
        html`<th class="span ${index > 0 ? 'edge' : ''}" scope="colgroup" colspan="${width}">${dataset}</th>`,
    )}</tr><tr>${columns.map(({ subset }, column) => html`<th scope="col" class="${edge(column)}">${subset}</th>`)}</tr></thead>
<tbody>${keys.map(
      ({ model, trainShare }, row) =>
        html`<tr><th class="lead" scope="row">${modelName(model, context)}</th>${
          withShare ? html`<td>${formatShare(trainShare)}</td>` : null
        }${columns.map((_, column) => html`<td class="${edge(column)}">${show(row, column)}</td>`)}</tr>`,
    )}</tbody>`,
  );
}

function spans(columns: readonly Column[]): [dataset: string, width: number][] {
  const found: [string, number][] = [];
  for (const { dataset } of columns) {
    const last = found.at(-1);
    if (last?.[0] === dataset) last[1]++;
    else found.push([dataset, 1]);
  }
  return found;
}

export function modelName(model: string, { palette, baseline }: TableContext): Markup {
  const chip = html`<span class="chip chip-${palette.get(model) ?? 0}" aria-hidden="true"></span>`;
  return html`${chip}${model}${model === baseline ? html` <span class="base">baseline</span>` : null}`;
}

/** A table that scrolls in its own frame, also by keyboard. */
function scroll(label: string, table: Markup): Markup {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>${table}</table></div>`;
}

/** A plain table; the first column stays in sight, and it and the columns in `left` hold text. */
export function plainTable(
  label: string,
  head: readonly string[],
  rows: readonly (readonly Content[])[],
  left: readonly number[],
): Markup {
  const look = (column: number) => (column === 0 ? 'lead' : left.includes(column) ? 'left' : '');
  return scroll(
    label,
    html`<thead><tr>${head.map((name, column) => html`<th scope="col" class="${look(column)}">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
      (cells) =>
        html`<tr>${cells.map((cell, column) => html`<td class="${look(column)}">${cell}</td>`)}</tr>`,
    )}</tbody>`,
  );
}

function showSummary(summary: Summary, withN: boolean): Markup {
  const { state, mean, deviation, seedsDone, seedsPlanned, values } = summary;
  if (mean !== null) {
    const seeds = values.map(({ seed, points }) => `seed ${seed}: ${formatPoints(points)}`).join(', ');
    const spread = deviation === null ? null : html` <span class="sd">± ${formatPoints(deviation)}</span>`;
    const n = withN ? html` <span class="n">n=${seedsDone}</span>` : null;
    return html`<span title="${seeds}">${formatPoints(mean)}${spread}${n}</span>`;
  }
  if (state === 'partial') return html`<span class="gap">${seedsDone} of ${seedsPlanned} seeds</span>`;
  if (state === 'missing') return html`<span class="gap">missing</span>`;
  return html`<span class="none">${state === 'empty' ? 'no sentences' : '–'}</span>`;
}

function showDifference(difference: Difference, withN: boolean): Markup {
  const { meanDifference, pairs, reason, interval, effectSize } = difference;
  if (meanDifference === null) {
    const missing = reason?.endsWith(' pairs') === true;
    return html`<span class="${missing ? 'gap' : 'none'}">${reason === '-' ? '–' : reason}</span>`;
  }
  const facts = [
    [
      ...(interval === null ? [] : [formatInterval(interval).replaceAll('-', '−')]),
      ...(withN ? [`n = ${pairs}`] : []),
      ...(effectSize === null ? [] : [`d = ${effectSize.toFixed(2).replace('-', '−')}`]),
    ].join(', '),
    showP('seeds', difference.p, difference.pHolm),
    showP('sentences', difference.sentenceP, difference.sentencePHolm),
  ].filter((fact) => fact !== '');
  return html`${formatDifference(meanDifference).replace('-', '−')}${facts.map(
    (fact) => html`<span class="p">${fact}</span>`,
  )}`;
}

function showP(over: string, p: number | null, adjusted: number | null): string {
  if (p === null) return '';
  const same = adjusted === null || formatP(adjusted) === formatP(p);
  return `${over}: p ${formatP(p).replace(/^(?=\d)/, '= ')}${same ? '' : `, Holm ${formatP(adjusted)}`}`;
}
