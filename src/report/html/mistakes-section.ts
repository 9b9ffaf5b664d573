/** The sentences that went wrong: a browser over data embedded in the page. */
import { SUBSETS } from '../../config/vocabulary.js';
import { count, formatShare } from '../format.js';
import type { MarkedPiece, Mistake, Report } from '../types.js';
import { toOneLine } from '../text.js';
import { embedJson, html, type Markup } from './markup.js';

const LETTERS: Readonly<Record<MarkedPiece['mark'], string>> = {
  found: 'f',
  missed: 'm',
  right: 'r',
  extra: 'e',
  malformed: 'x',
};

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
    [...new Set(rows.map(of))].map((value) => [value, value] as const);
  const shares = [...new Set(rows.map((row) => row.trainShare))].sort((a, b) => a - b);
  const subsets = SUBSETS.map((name, index) => [name, index] as const)
    .filter(([name]) => name !== 'all' && rows.some((row) => row.subsets.includes(name)))
    .map(([name, index]) => [String(index), name] as const);
  return [
    ...select(
      'task',
      'Task',
      values((row) => row.task),
    ),
    ...select(
      'dataset',
      'Dataset',
      values((row) => toOneLine(row.dataset)),
    ),
    ...select(
      'model',
      'Model',
      values((row) => toOneLine(row.model)),
    ),
    ...select(
      'share',
      'Train share',
      shares.map((share) => [String(share), formatShare(share)] as const),
    ),
    ...select('subset', 'Subset', subsets),
  ];
}

/**
 * The rows in little space: texts stand once each, rows are places in them.
 * A row is [place, id, sentence, subsets as bits, seeds, gold, marks of gold, predicted, marks of predicted].
 */
function encodeMistakes(report: Report) {
  const { rows } = report.mistakes;
  const places = new Index<{
    task: string;
    dataset: string;
    model: string;
    share: number;
    shareText: string;
    cells: number;
  }>();
  const [ids, sentences] = [new Index<string>(), new Index<string>()];
  const [seeds, pieces] = [new Index<readonly number[]>(), new Index<readonly string[]>()];
  const cellsAt = countCells(report);
  const manyShares = new Set(report.cells.map((cell) => cell.trainShare)).size > 1;
  const encoded = rows.map((row) => [
    places.add(placeOf(row), () => ({
      task: row.task,
      dataset: toOneLine(row.dataset),
      model: toOneLine(row.model),
      share: row.trainShare,
      shareText: manyShares ? formatShare(row.trainShare) : '',
      cells: cellsAt.get(placeOf(row)) ?? row.seeds.length,
    })),
    ids.add(row.id, () => toOneLine(row.id)),
    sentences.add(row.sentence, () => toOneLine(row.sentence)),
    row.subsets.reduce((bits, subset) => bits | (1 << SUBSETS.indexOf(subset)), 0),
    seeds.add(row.seeds.join(), () => row.seeds),
    ...encodePieces(pieces, row.gold),
    ...encodePieces(pieces, row.predicted),
  ]);
  return {
    places: places.values,
    ids: ids.values,
    sentences: sentences.values,
    seeds: seeds.values,
    pieces: pieces.values,
    rows: encoded,
  };
}

function encodePieces(index: Index<readonly string[]>, pieces: readonly MarkedPiece[]): [number, string] {
  const texts = pieces.map((piece) => piece.text);
  return [index.add(texts.join(' ; '), () => texts), pieces.map((piece) => LETTERS[piece.mark]).join('')];
}

function placeOf({
  task,
  dataset,
  model,
  trainShare,
}: Pick<Mistake, 'task' | 'dataset' | 'model' | 'trainShare'>) {
  return JSON.stringify([task, dataset, model, trainShare]);
}

function countCells(report: Report): Map<string, number> {
  const counts = new Map<string, number>();
  for (const cell of report.cells) counts.set(placeOf(cell), (counts.get(placeOf(cell)) ?? 0) + 1);
  return counts;
}

/** Values kept once each, known by their place. */
class Index<T> {
  readonly values: T[] = [];
  readonly #places = new Map<string, number>();

  add(key: string, make: () => T): number {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.values.length);
    return this.values.push(make()) - 1;
  }
}
