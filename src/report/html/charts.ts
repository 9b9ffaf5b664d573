/** The charts of a page as Vega-Lite specifications; all numbers in them are computed before. */
import type { TopLevelSpec } from 'vega-lite';
import { formatPoints, formatSummary } from '../format.js';
import { toOneLine } from '../text.js';
import type { CurvePoint, FineTuning, LearningCurve, SeedCurve, TaskReport } from '../types.js';
import { ink, seriesInk } from './draw.js';

/** The colour of each model, the same all over the page. */
export type Palette = ReadonlyMap<string, number>;

const WIDTH = 430;
const HEIGHT = 210;
const LABEL_LIMIT = 150;
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
  const values = rows.flatMap(({ model, cells }) =>
    cells
      .filter((cell) => cell.dataset === dataset && cell.f1.state !== 'unplanned')
      .map(({ subset, f1 }) => ({
        model: toOneLine(model),
        subset,
        mean: f1.mean ?? 0,
        low: f1.mean === null ? null : Math.max(0, f1.mean - (f1.deviation ?? 0)),
        high: f1.mean === null ? null : Math.min(100, f1.mean + (f1.deviation ?? 0)),
        label: formatSummary(f1, false),
        known: f1.mean !== null,
        place: f1.mean === null ? 0 : Math.min(100, f1.mean + (f1.deviation ?? 0)),
      })),
  );
  const models = rows.map((row) => toOneLine(row.model));
  const y = {
    field: 'model',
    type: 'nominal',
    sort: models,
    title: null,
    axis: { labelLimit: LABEL_LIMIT },
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
        title: null,
        header: {
          labelAngle: 0,
          labelAlign: 'left',
          labelAnchor: 'start',
          labelOrient: 'top',
          labelPadding: 2,
        },
      },
    },
    spacing: 6,
    spec: {
      width: WIDTH - 170,
      height: { step: 19 },
      layer: [
        {
          mark: { type: 'bar', height: 11, cornerRadiusEnd: 2 },
          encoding: {
            x,
            y,
            color: colourBy(
              rows.map((row) => row.model),
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

export interface LineSeries {
  readonly name: string;
  /** Place in the page's palette. */
  readonly colour: number;
  readonly points: readonly CurvePoint[];
  /** Drawn thin, for a single seed behind the mean. */
  readonly thin?: boolean;
}

export interface LineChartOptions {
  readonly x: string;
  readonly y: string;
  readonly fromZero?: boolean;
  readonly integers?: boolean;
}

/** Lines over steps or epochs. */
export function lineChart(series: readonly LineSeries[], options: LineChartOptions): TopLevelSpec {
  const values = series.flatMap(({ name, points, thin }, line) =>
    points.map((point) => ({ ...point, name: toOneLine(name), line, thin: thin === true })),
  );
  const names = [...new Set(series.map((one) => toOneLine(one.name)))];
  const inks = names.map((name) =>
    seriesInk(series.find((one) => toOneLine(one.name) === name)?.colour ?? 0),
  );
  const encoding = {
    x: {
      field: 'x',
      type: 'quantitative',
      scale: { nice: false, zero: false },
      axis: {
        title: options.x,
        grid: false,
        tickCount: 6,
        format: '~s',
        ...(options.integers === true ? { tickMinStep: 1 } : {}),
      },
    },
    y: {
      field: 'y',
      type: 'quantitative',
      scale: { zero: options.fromZero === true },
      axis: { title: options.y, tickCount: 5 },
    },
    detail: { field: 'line', type: 'nominal' },
    color: {
      field: 'name',
      type: 'nominal',
      scale: { domain: names, range: inks },
      legend: names.length > 1 ? { orient: 'top', columns: 2 } : null,
    },
  } as const;
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values },
    encoding,
    layer: [
      {
        transform: [{ filter: 'datum.thin' }],
        mark: { type: 'line', strokeWidth: 1, opacity: 0.35, clip: true },
      },
      { transform: [{ filter: '!datum.thin' }], mark: { type: 'line', strokeWidth: 2.2, clip: true } },
    ],
  };
}

/** A thin line per seed, and the mean of each model whose planned seeds are all there. */
export function seedLines(
  entries: readonly FineTuning[],
  of: 'devF1' | 'loss',
  palette: Palette,
): LineSeries[] {
  return entries.flatMap((entry) => {
    const style = { name: entry.model, colour: palette.get(entry.model) ?? 0 };
    const curves = entry[of];
    const mean = curves.length === entry.seedsPlanned ? meanCurve(curves) : null;
    const alone = curves.length === 1 && mean !== null;
    return [
      ...(alone ? [] : curves.map(({ points }) => ({ ...style, points, thin: true }))),
      ...(mean === null ? [] : [{ ...style, points: mean }]),
    ];
  });
}

/** The mean curve; null where the curves do not have the same epochs. */
function meanCurve(curves: readonly SeedCurve[]): CurvePoint[] | null {
  const [first, ...others] = curves;
  if (first === undefined || others.some((one) => one.points.length !== first.points.length)) return null;
  return first.points.map(({ x }, index) => ({
    x,
    y: curves.reduce((sum, one) => sum + (one.points[index]?.y ?? 0), 0) / curves.length,
  }));
}

/** F1 on `all` against the share of the training data, with ± one standard deviation. */
export function learningChart(curve: LearningCurve, palette: Palette): TopLevelSpec {
  const values = curve.rows.flatMap(({ model, points }) =>
    points.flatMap((point, index) => {
      const { mean, deviation } = point;
      if (mean === null) return [];
      const [low, high] = [mean - (deviation ?? 0), mean + (deviation ?? 0)];
      return [
        {
          model: toOneLine(model),
          share: (curve.shares[index] ?? 0) * 100,
          mean,
          low,
          high,
          label: formatPoints(mean),
        },
      ];
    }),
  );
  const x = {
    field: 'share',
    type: 'quantitative',
    scale: { domain: PERCENT },
    axis: {
      title: 'share of the training data in %',
      grid: false,
      values: curve.shares.map((share) => share * 100),
    },
  } as const;
  const color = colourBy(
    curve.rows.map((row) => row.model),
    palette,
    { orient: 'top', columns: 2 },
  );
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: { x, y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' }, color },
      },
      {
        mark: { type: 'line', strokeWidth: 2.2, point: { size: 36, filled: true } },
        encoding: {
          x,
          y: {
            field: 'mean',
            type: 'quantitative',
            scale: { zero: false },
            axis: { title: 'F1 in points', tickCount: 5 },
          },
          color,
        },
      },
    ],
  };
}

function colourBy(
  models: readonly string[],
  palette: Palette,
  legend: { orient: 'top'; columns: number } | null,
) {
  const names = [...new Set(models)];
  return {
    field: 'model',
    type: 'nominal',
    scale: { domain: names.map(toOneLine), range: names.map((name) => seriesInk(palette.get(name) ?? 0)) },
    legend,
  } as const;
}
