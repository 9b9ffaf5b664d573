/** Counts of datasets and corpora as one page with charts, in the dress of the reports. */
import { createHash } from 'node:crypto';
import type { TopLevelSpec } from 'vega-lite';
import { POLARITIES } from '../config/vocabulary.js';
import type { Distribution } from '../data/lengths.js';
import { type Draw, ink, loadDraw, seriesInk } from '../report/html/draw.js';
import { html, Markup } from '../report/html/markup.js';
import { STYLE } from '../report/html/style.js';
import { plainTable } from '../report/html/tables.js';
import type { DataStatsResult } from './data-stats-result.js';

/** The page as a string; it loads nothing and runs nothing. */
export async function toStatsPage(stats: DataStatsResult): Promise<string> {
  const draw = await loadDraw();
  const sections: Markup[] = [];
  for (const dataset of stats.datasets) sections.push(await datasetSection(dataset, draw));
  if (stats.corpus !== null) sections.push(await corpusSection(stats.corpus, stats.tokens, draw));
  const style = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;
  const policy = `default-src 'none'; style-src '${style}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="fsa">
<title>Data - fsa</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<div class="wrap"><h1>Data</h1></div>
<main id="main" class="wrap">
${sections}
</main>
</body>
</html>
`.source;
}

async function datasetSection(
  { task, name, parts }: DataStatsResult['datasets'][number],
  draw: Draw,
): Promise<Markup> {
  const title = `${task}/${name}`;
  const values = parts.flatMap(({ part, polarities }) =>
    POLARITIES.map((polarity) => ({ group: part, name: polarity, count: polarities[polarity] })),
  );
  const categories = parts.at(-1)?.categories ?? [];
  const charts = [await draw(groupedBars(values), `Polarities of each part of ${title}`)];
  if (categories.length > 0) {
    const bars = categories.slice(0, 20).map(({ category, count }) => ({ name: category, count }));
    charts.push(await draw(barsOf(bars), `Most frequent categories of ${title}`));
  }
  const head = [
    'part',
    'sentences',
    'none',
    'aspects',
    ...POLARITIES,
    'implicit',
    'multiple',
    'words',
    'longest',
  ];
  const rows = parts.map((part) => [
    part.part,
    part.sentences,
    part.withoutAspects,
    part.aspects,
    ...POLARITIES.map((polarity) => part.polarities[polarity]),
    part.implicit ?? '–',
    part.multiple ?? '–',
    part.words.mean.toFixed(1),
    part.words.maximum,
  ]);
  return html`<section><h2>${title}</h2>${plainTable(title, head, rows, [])}${charts.map((chart) => html`<figure>${chart}</figure>`)}</section>`;
}

async function corpusSection(
  corpus: NonNullable<DataStatsResult['corpus']>,
  tokens: DataStatsResult['tokens'],
  draw: Draw,
): Promise<Markup> {
  const counts = (record: Readonly<Record<string, number>>) =>
    Object.entries(record).map(([name, count]) => ({ name, count }));
  const figures: [caption: string, chart: Markup][] = [
    ['Rows by stars', await draw(barsOf(counts(corpus.stars)), 'Rows by stars')],
    ['Rows by teacher', await draw(barsOf(counts(corpus.answerFields)), 'Rows by teacher')],
    ['Words of a review', await draw(histogram(corpus.textWords), 'How many words reviews have')],
    ['Words of an answer', await draw(histogram(corpus.answerWords), 'How many words answers have')],
  ];
  const lengths = (['textWords', 'answerWords', 'textCharacters', 'answerCharacters'] as const).map((key) => {
    const { mean, median, p95, maximum } = corpus[key];
    return [key.replace(/([A-Z])/g, ' $1').toLowerCase(), mean.toFixed(1), median, p95, maximum];
  });
  return html`<section><h2>Corpus</h2>
<p>${corpus.rows} rows in ${corpus.files} files; ${corpus.skipped} bad rows; ${corpus.withPrompt} rows with a prompt.</p>
${plainTable('Lengths', ['', 'mean', 'median', '95 %', 'longest'], lengths, [])}
${tokens === null ? null : tokenTable(tokens)}
${figures.map(([caption, chart]) => html`<figure>${chart}<figcaption>${caption}</figcaption></figure>`)}</section>`;
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
  return {
    data: { values: [...values] },
    width: 420,
    height: { step: 22 },
    mark: { type: 'bar', color: seriesInk(1) },
    encoding: {
      y: { field: 'name', type: 'nominal', sort: null, title: null, axis: { labelLimit: 0 } },
      x: { field: 'count', type: 'quantitative', title: null },
    },
  };
}

function groupedBars(values: readonly (Bar & { readonly group: string })[]): TopLevelSpec {
  return {
    data: { values: [...values] },
    width: 420,
    height: { step: 14 },
    mark: { type: 'bar' },
    encoding: {
      y: { field: 'group', type: 'nominal', sort: null, title: null },
      yOffset: { field: 'name', sort: [...POLARITIES] },
      x: { field: 'count', type: 'quantitative', title: 'aspects' },
      color: {
        field: 'name',
        type: 'nominal',
        legend: { orient: 'top', columns: POLARITIES.length, symbolType: 'square', symbolStrokeWidth: 0 },
        scale: { domain: [...POLARITIES], range: POLARITIES.map((_, index) => seriesInk(index + 1)) },
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
