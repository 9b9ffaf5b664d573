/** What quality costs: a picture and a table for each dataset. */
import type { TopLevelSpec } from 'vega-lite';
import { FRONTIER_HEAD, frontierNote, frontierRow } from '../frontier-table.js';
import { FEW_SENTENCES, type Frontier } from '../frontier-types.js';
import { type Draw, ink } from './draw.js';
import { figure } from './figures.js';
import { html, type Markup } from './markup.js';
import { colourBy, type Palette, shortenNames } from './palette.js';
import { modelName, plainTable, type TableContext } from './tables.js';

export async function frontierSection(
  frontiers: readonly Frontier[],
  context: TableContext,
  draw: Draw,
): Promise<Markup | null> {
  if (frontiers.length === 0) return null;
  const blocks: Markup[] = [];
  for (const frontier of frontiers) {
    const { task, dataset, points, words } = frontier;
    const label = `${task}/${dataset}: F1 against cost and time`;
    const figures: Markup[] = [];
    // Each beside the other where there is room, below it on a phone.
    for (const axis of AXES) {
      const chart = frontierChart(frontier, axis, context.palette);
      if (chart !== null)
        figures.push(
          figure(`F1 against ${axis.title}`, caption(points), await draw(chart, `${label}: ${axis.title}`)),
        );
    }
    const rows = points.map((point) => {
      const [model = '', ...cells] = frontierRow(point);
      return [modelName(model, context), ...cells];
    });
    blocks.push(html`<h3>${task}/${dataset}</h3>
<ul class="notices">${words.map((sentence) => html`<li>${sentence}</li>`)}</ul>
<div class="figures">${figures}</div>
${plainTable(label, FRONTIER_HEAD, rows, [1, 9])}
<p class="note">${frontierNote(frontier)}</p>`);
  }
  return html`<section id="frontier"><h2>What quality costs</h2>${blocks}</section>`;
}

function caption(points: Frontier['points']): string {
  const least = Math.min(...points.map(({ sentences }) => sentences));
  const few = least < FEW_SENTENCES ? ` Scaled up from ${least} sentences: a rough guess.` : '';
  return `Up and to the left is better; bars are intervals of F1.${few}`;
}

const AXES = [
  { by: 'secondsPerThousand', title: 'seconds for 1,000 sentences' },
  { by: 'usdPerThousand', title: 'US dollars for 1,000 sentences' },
] as const;

/** A dot for each model, with its name; null where nobody's figure is known. */
function frontierChart(
  { points }: Frontier,
  { by, title }: (typeof AXES)[number],
  palette: Palette,
): TopLevelSpec | null {
  const nameOf = shortenNames(points.map(({ model }) => model));
  const models = points.map(({ model }) => model);
  const values = points.flatMap((point) => {
    const x = point[by];
    if (x === null || x <= 0) return [];
    const { low, high } = point.interval ?? { low: point.f1, high: point.f1 };
    return [{ model: nameOf(point.model), x, f1: point.f1, low, high }];
  });
  return values.length === 0 ? null : panel(values, title, colourBy(models, nameOf, palette, null));
}

const MOST_TICKS = 8;

/** 1, 2, 5, 10, 20 … between two numbers, or the powers of ten alone where those are too many to read. */
export function logTicks(least: number, most: number): number[] {
  const [first, last] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  const powers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  // Read from words, so that 0.0002 is no 0.00019999999999999998.
  const ticksOf = (digits: readonly number[]): number[] =>
    powers
      .flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)))
      .filter((tick) => least <= tick && tick <= most);
  const ticks = ticksOf([1, 2, 5]);
  return ticks.length > MOST_TICKS ? ticksOf([1]) : ticks;
}

interface Dot {
  readonly model: string;
  readonly x: number;
  readonly f1: number;
  readonly low: number;
  readonly high: number;
}

function panel(values: Dot[], title: string, color: ReturnType<typeof colourBy>): TopLevelSpec {
  const [least, most] = [Math.min(...values.map(({ x }) => x)), Math.max(...values.map(({ x }) => x))];
  // Room on either side for the names.
  const [left, right] = [least / 2, most * 8];
  const domain = [left, right];
  const ticks = logTicks(left, right);
  const x = {
    field: 'x',
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false },
    axis: { title, values: ticks, format: '~g' },
  } as const;
  const y = {
    field: 'f1',
    type: 'quantitative',
    scale: { zero: false, padding: 16 },
    axis: { title: 'F1 in points', tickCount: 5 },
  } as const;
  const spec: TopLevelSpec = {
    width: 330,
    height: 240,
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      { mark: { type: 'point', filled: true, size: 80, opacity: 1 }, encoding: { x, y, color } },
      {
        mark: { type: 'text', align: 'left', dx: 9, dy: -7 },
        encoding: { x, y, text: { field: 'model' }, color: { value: ink.text } },
      },
    ],
  };
  return spec;
}
