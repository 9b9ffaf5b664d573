/** Counts of datasets and corpora as one page with charts, in the dress of the reports. */
import type { TopLevelSpec } from 'vega-lite';
import type { Distribution } from '../../data/check/lengths.js';
import { type Draw, ink, loadDraw, seriesInk } from '../../report/html/draw.js';
import { html, type Markup } from '../../report/html/markup.js';
import { makePage, type PageSection } from '../../report/html/page.js';
import { plainTable } from '../../report/html/tables.js';
import { type DataStatsResult, labelsOf, partsTable } from './stats-result.js';

/** The page as a string; it loads nothing and runs nothing. */
export async function toStatsPage(stats: DataStatsResult): Promise<string> {
  const draw = await loadDraw();
  const sections: PageSection[] = [];
  for (const [index, dataset] of stats.datasets.entries()) {
    sections.push(await datasetSection(dataset, `dataset-${index + 1}`, draw));
  }
  if (stats.corpus !== null) {
    sections.push(await corpusSection(stats.corpus, stats.tokens, draw));
  }
  return makePage({ title: 'Data - fsa', head: HEAD, sections });
}

const HEAD = html`<header class="top"><p class="eyebrow">fsa data stats</p><h1>Data</h1></header>`;

async function datasetSection(
  { task, name, parts }: DataStatsResult['datasets'][number],
  id: string,
  draw: Draw,
): Promise<PageSection> {
  const title = `${task}/${name}`;
  const labels = labelsOf(parts);
  const values = parts.flatMap(({ part, polarities }) =>
    labels.map((label) => ({ group: part, name: label, count: polarities[label] ?? 0 })),
  );
  const categories = parts.at(-1)?.categories ?? [];
  const charts: Figure[] = [
    ['Aspects by polarity', await draw(groupedBars(values, labels), `Polarities of each part of ${title}`)],
  ];
  if (categories.length > 0) {
    const bars = categories.slice(0, 20).map(({ category, count }) => ({ name: category, count }));
    const chart = await draw(barsOf(bars), `Most frequent categories of ${title}`);
    charts.push([`Most frequent categories (${parts.at(-1)?.part ?? ''})`, chart]);
  }
  const { head, rows } = partsTable(parts);
  const table = plainTable(title, head, rows, []);
  const content = html`<section id="${id}"><h2>${title}</h2>${table}${showFigures(charts)}</section>`;
  return { id, name: title, content };
}

async function corpusSection(
  corpus: NonNullable<DataStatsResult['corpus']>,
  tokens: DataStatsResult['tokens'],
  draw: Draw,
): Promise<PageSection> {
  const counts = (record: Readonly<Record<string, number>>) =>
    Object.entries(record).map(([name, count]) => ({ name, count }));
  const charts: Figure[] = [
    ['Rows by stars', await draw(barsOf(counts(corpus.stars)), 'Rows by stars')],
    ['Rows by teacher', await draw(barsOf(counts(corpus.answerFields)), 'Rows by teacher')],
    ['Words of a review', await draw(histogram(corpus.textWords), 'How many words reviews have')],
    ['Words of an answer', await draw(histogram(corpus.answerWords), 'How many words answers have')],
  ];
  const lengths = (['textWords', 'answerWords', 'textCharacters', 'answerCharacters'] as const).map((key) => {
    const { mean, median, p95, maximum } = corpus[key];
    return [key.replace(/([A-Z])/g, ' $1').toLowerCase(), mean.toFixed(1), median, p95, maximum];
  });
  const content = html`<section id="corpus"><h2>Corpus</h2>
<p>${corpus.rows} rows in ${corpus.files} files; ${corpus.skipped} bad rows; ${corpus.withPrompt} rows with a prompt.</p>
${plainTable('Lengths', ['', 'mean', 'median', '95 %', 'longest'], lengths, [])}
${tokens === null ? null : tokenTable(tokens)}
${showFigures(charts)}</section>`;
  return { id: 'corpus', name: 'Corpus', content };
}

type Figure = readonly [caption: string, chart: Markup];

function showFigures(figures: readonly Figure[]): Markup {
  const shown = figures.map(
    ([caption, chart]) => html`<figure><figcaption>${caption}</figcaption>${chart}</figure>`,
  );
  return html`<div class="figures">${shown}</div>`;
}

function tokenTable(tokens: NonNullable<DataStatsResult['tokens']>): Markup {
  const share = (cut: number): string => `${((100 * cut) / Math.max(1, tokens.rows)).toFixed(2)} %`;
  const rows = [
    [
      'reviews',
      tokens.meanInput.toFixed(1),
      tokens.maxInputTokens,
      tokens.cutInputs,
      share(tokens.cutInputs),
    ],
    [
      'answers',
      tokens.meanTarget.toFixed(1),
      tokens.maxTargetTokens,
      tokens.cutTargets,
      share(tokens.cutTargets),
    ],
  ];
  return html`<h3>Tokens of ${tokens.model}</h3>${plainTable('Tokens', ['', 'mean after the cut', 'cut at', 'rows cut', 'share'], rows, [])}`;
}

interface Bar {
  readonly name: string;
  readonly count: number;
}

function barsOf(values: readonly Bar[]): TopLevelSpec {
  // Long names take their room from the bars: a chart wider than its figure would be shrunk, text and all.
  const longest = Math.max(0, ...values.map(({ name }) => name.length));
  return {
    data: { values: [...values] },
    width: Math.max(160, 440 - 7 * longest),
    height: { step: 22 },
    mark: { type: 'bar', color: seriesInk(1) },
    encoding: {
      y: { field: 'name', type: 'nominal', sort: null, title: null, axis: { labelLimit: 0 } },
      x: { field: 'count', type: 'quantitative', title: null },
    },
  };
}

function groupedBars(
  values: readonly (Bar & { readonly group: string })[],
  labels: readonly string[],
): TopLevelSpec {
  return {
    data: { values: [...values] },
    width: 420,
    height: { step: 14 },
    mark: { type: 'bar' },
    encoding: {
      y: { field: 'group', type: 'nominal', sort: null, title: null },
      yOffset: { field: 'name', sort: [...labels] },
      x: { field: 'count', type: 'quantitative', title: 'aspects' },
      color: {
        field: 'name',
        type: 'nominal',
        legend: { orient: 'top', columns: labels.length, symbolType: 'square', symbolStrokeWidth: 0 },
        scale: { domain: [...labels], range: labels.map((_, index) => seriesInk(index + 1)) },
      },
    },
  };
}

function histogram({ bins }: Distribution): TopLevelSpec {
  // The last bin ends at the longest of all; it is drawn as wide as the others.
  const width = bins[0] === undefined ? 1 : bins.length === 1 ? 1 : bins[0].to - bins[0].from + 1;
  return {
    data: { values: bins.map(({ from, count }) => ({ from, to: from + width, count })) },
    width: 420,
    height: 180,
    // Both axes are quantitative: which of them the bars stand on must be said.
    mark: { type: 'bar', orient: 'vertical', color: seriesInk(1), stroke: ink.grid, strokeWidth: 0.5 },
    encoding: {
      x: { field: 'from', type: 'quantitative', title: 'words (the last bar: and more)' },
      x2: { field: 'to' },
      y: { field: 'count', type: 'quantitative', title: 'rows' },
      y2: { datum: 0 },
    },
  };
}
