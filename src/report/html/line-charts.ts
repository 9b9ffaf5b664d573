/** Lines over steps, epochs and shares of the training data, as Vega-Lite specifications. */
import type { TopLevelSpec } from 'vega-lite';
import type { CurvePoint, FineTuning, LearningCurve, SeedCurve } from '../types.js';
import { seriesInk } from './draw.js';
import { colourBy, type Palette, shortenNames } from './palette.js';

const WIDTH = 390;
const HEIGHT = 210;
const PERCENT: number[] = [0, 100];

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
  /** Of the plot without axes, in pixels. */
  readonly height?: number;
}

/** Lines over steps or epochs. */
export function lineChart(series: readonly LineSeries[], options: LineChartOptions): TopLevelSpec {
  const nameOf = shortenNames(series.map((one) => one.name));
  const values = series.flatMap(({ name, points, thin }, line) =>
    points.map((point) => ({ ...point, name: nameOf(name), line, thin: thin === true })),
  );
  const names = [...new Set(series.map((one) => nameOf(one.name)))];
  const inks = names.map((name) => seriesInk(series.find((one) => nameOf(one.name) === name)?.colour ?? 0));
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
      legend: names.length > 1 ? { orient: 'top', columns: 2, symbolOpacity: 1 } : null,
    },
  } as const;
  return {
    width: WIDTH,
    height: options.height ?? HEIGHT,
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
  const nameOf = shortenNames(curve.rows.map((row) => row.model));
  const values = curve.rows.flatMap(({ model, points }) =>
    points.flatMap((point, index) => {
      const { mean, deviation } = point;
      if (mean === null) return [];
      const [low, high] = [mean - (deviation ?? 0), mean + (deviation ?? 0)];
      return [
        {
          model: nameOf(model),
          share: (curve.shares[index] ?? 0) * 100,
          mean,
          low,
          high,
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
    nameOf,
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
