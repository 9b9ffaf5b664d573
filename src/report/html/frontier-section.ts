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
    const svg = await draw(frontierChart(frontier, context.palette), label);
    const rows = points.map((point) => {
      const [model = '', ...cells] = frontierRow(point);
      return [modelName(model, context), ...cells];
    });
    blocks.push(html`<h3>${task}/${dataset}</h3>
<ul class="notices">${words.map((sentence) => html`<li>${sentence}</li>`)}</ul>
${figure('F1 against what a thousand sentences take', caption(points), svg)}
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

/** A dot for each model, with its name; beside each other against time and, where any is known, money. */
function frontierChart({ points }: Frontier, palette: Palette): TopLevelSpec {
  const nameOf = shortenNames(points.map(({ model }) => model));
  const models = points.map(({ model }) => model);
  const panels = AXES.flatMap(({ by, title }) => {
    const values = points.flatMap((point) => {
      const x = point[by];
      if (x === null || x <= 0) return [];
      const { low, high } = point.interval ?? { low: point.f1, high: point.f1 };
      return [{ model: nameOf(point.model), x, f1: point.f1, low, high }];
    });
    return values.length === 0 ? [] : [panel(values, title, colourBy(models, nameOf, palette, null))];
  });
  return { hconcat: panels, spacing: 24 };
}

type UnitPanel = Extract<TopLevelSpec, { hconcat: unknown }>['hconcat'][number];

interface Dot {
  readonly model: string;
  readonly x: number;
  readonly f1: number;
  readonly low: number;
  readonly high: number;
}

function panel(values: Dot[], title: string, color: ReturnType<typeof colourBy>): UnitPanel {
  const [least, most] = [Math.min(...values.map(({ x }) => x)), Math.max(...values.map(({ x }) => x))];
  // Room on either side for the names.
  const domain = [least / 2, most * 8];
  const x = {
    field: 'x',
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false },
    axis: { title, tickCount: 4, format: '~g' },
  } as const;
  const y = {
    field: 'f1',
    type: 'quantitative',
    scale: { zero: false, padding: 16 },
    axis: { title: 'F1 in points', tickCount: 5 },
  } as const;
  const spec: UnitPanel = {
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
