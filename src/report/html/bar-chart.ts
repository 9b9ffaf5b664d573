/** F1 as bars with error bars, as a Vega-Lite specification; all numbers in it are computed before. */
import type { TopLevelSpec } from 'vega-lite';
import { formatSummary } from '../format.js';
import type { TaskReport } from '../types.js';
import { ink } from './draw.js';
import { colourBy, type Palette, shortenNames, titleAbove } from './palette.js';

const PERCENT: number[] = [0, 100];

/** Bars with error bars (± one standard deviation): a block per subset, a bar per model. */
export function barChart(
  task: TaskReport,
  dataset: string,
  trainShare: number,
  palette: Palette,
): TopLevelSpec {
  const subsets = task.columns.flatMap((column) => (column.dataset === dataset ? [column.subset] : []));
  const rows = task.rows.filter((row) => row.trainShare === trainShare);
  const nameOf = shortenNames(task.rows.map((row) => row.model));
  const values = rows.flatMap(({ model, cells }) =>
    cells
      .filter((cell) => cell.dataset === dataset && cell.f1.state !== 'unplanned')
      .map(({ subset, f1 }) => ({
        model: nameOf(model),
        subset,
        mean: f1.mean ?? 0,
        low: f1.mean === null ? null : Math.max(0, f1.mean - (f1.deviation ?? 0)),
        high: f1.mean === null ? null : Math.min(100, f1.mean + (f1.deviation ?? 0)),
        label: formatSummary(f1, false),
        known: f1.mean !== null,
        place: f1.mean === null ? 0 : Math.min(100, f1.mean + (f1.deviation ?? 0)),
      })),
  );
  const models = rows.map((row) => nameOf(row.model));
  const y = {
    field: 'model',
    type: 'nominal',
    sort: models,
    title: null,
    axis: { labelLimit: 0 },
  } as const;
  const x = {
    field: 'mean',
    type: 'quantitative',
    scale: { domain: PERCENT },
    axis: { title: 'F1 in points', tickCount: 5 },
  } as const;
  return {
    data: { values },
    facet: {
      row: {
        field: 'subset',
        type: 'nominal',
        sort: subsets,
        ...titleAbove,
      },
    },
    spacing: 16,
    spec: {
      width: 250,
      height: { step: 19 },
      layer: [
        {
          mark: { type: 'bar', height: 11, cornerRadiusEnd: 2 },
          encoding: {
            x,
            y,
            color: colourBy(
              rows.map((row) => row.model),
              nameOf,
              palette,
              null,
            ),
          },
        },
        {
          mark: { type: 'rule', strokeWidth: 1.5, color: ink.text },
          encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' }, y },
        },
        {
          mark: { type: 'text', align: 'left', dx: 6 },
          encoding: {
            x: { field: 'place', type: 'quantitative' },
            y,
            text: { field: 'label' },
            color: { condition: { test: 'datum.known', value: ink.text }, value: ink.faint },
          },
        },
      ],
    },
  };
}
