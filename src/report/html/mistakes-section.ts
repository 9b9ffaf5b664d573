/** The sentences that went wrong: a browser over data embedded in the page. */
import { CAUSES } from '../../scoring/analysis/causes.js';
import { SUBSETS } from '../../tasks/vocabulary.js';
import { count, formatShare } from '../format.js';
import type { Mistake, Report } from '../types.js';
import { toOneLine } from '../text.js';
import { embedJson, html, type Markup } from './markup.js';
import { encodeMistakes } from './mistake-data.js';

export function mistakesSection(report: Report): Markup | null {
  const { rows, leftOut, cellsWithoutPredictions } = report.mistakes;
  if (report.cells.length === 0) return null;
  const without =
    cellsWithoutPredictions === 0
      ? ''
      : `The predictions of ${count(cellsWithoutPredictions, 'cell')} were not there. `;
  const cut =
    leftOut === 0
      ? ''
      : `${leftOut.toLocaleString('en')} more were left out to keep the page small; those that most seeds got wrong were kept. `;
  const intro = html`<h2>Sentences that went wrong</h2>
<p class="note">Test sentences whose pairs were not all found, or where others were predicted; seeds that made the same mistake share a row. ${cut}${without}</p>`;
  if (rows.length === 0) {
    return html`<section id="mistakes">${intro}<p>${without === '' ? 'There is none.' : 'There is none to show.'}</p></section>`;
  }
  return html`<section id="mistakes">${intro}
<p class="note key">gold: <span class="pair found">found</span> <span class="pair missed">missed</span> predicted: <span class="pair right">right</span> <span class="pair extra">not in gold</span> <span class="pair malformed">no pair</span></p>
<form class="filters" role="search" aria-label="Filter the sentences that went wrong">
<label class="search">Search<input type="search" data-part="search" placeholder="words in the sentence or its pairs" autocomplete="off" spellcheck="false"></label>
${filters(rows)}
<label>Order<select data-part="order"><option value="">as in the data</option><option value="seeds">most seeds first</option></select></label>
</form>
<div class="pager"><output data-part="status" aria-live="polite"></output><button type="button" data-part="back">Previous</button><button type="button" data-part="next">Next</button></div>
<div class="scroll" role="region" aria-label="Sentences that went wrong" tabindex="0"><table><thead><tr><th scope="col" class="where">Where</th><th scope="col" class="sentence">Sentence</th><th scope="col">Gold</th><th scope="col">Predicted</th></tr></thead><tbody data-part="rows"><tr><td class="empty" colspan="4">This table needs JavaScript; the predictions are also in the run folder, in predictions.jsonl of each job.</td></tr></tbody></table></div>
<script type="application/json" id="mistake-data">${embedJson(encodeMistakes(report))}</script></section>`;
}

function filters(rows: readonly Mistake[]): Markup[] {
  const select = (name: string, label: string, options: readonly (readonly [string, string])[]) =>
    options.length < 2
      ? []
      : [
          html`<label>${label}<select data-part="${name}"><option value="">all</option>${options.map(
            ([value, text]) => html`<option value="${value}">${text}</option>`,
          )}</select></label>`,
        ];
  const values = (of: (row: Mistake) => string) =>
    [...new Set([...new Set(rows.map(of))].map(toOneLine))].map((value) => [value, value] as const);
  const shares = [...new Set(rows.map((row) => row.trainShare))].sort((a, b) => a - b);
  const subsets = SUBSETS.map((name, index) => [name, index] as const)
    .filter(([name]) => name !== 'all' && rows.some((row) => row.subsets.includes(name)))
    .map(([name, index]) => [String(index), name] as const);
  const marked = new Set(rows.flatMap((row) => [row.gold, row.predicted]));
  const known = new Set([...marked].flatMap((pieces) => pieces.map(({ cause }) => cause)));
  const causes = CAUSES.filter((cause) => known.has(cause)).map((cause) => [cause, cause] as const);
  return [
    ...select(
      'task',
      'Task',
      values((row) => row.task),
    ),
    ...select(
      'dataset',
      'Dataset',
      values((row) => row.dataset),
    ),
    ...select(
      'model',
      'Model',
      values((row) => row.model),
    ),
    ...select(
      'share',
      'Train share',
      shares.map((share) => [String(share), formatShare(share)] as const),
    ),
    ...select('subset', 'Subset', subsets),
    ...select('cause', 'Cause', causes),
  ];
}
