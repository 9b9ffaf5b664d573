/** Mistakes by cause as stacked bars, as a Vega-Lite specification: a block per dataset, a bar per model. */
import type { TopLevelSpec } from 'vega-lite';
import { CAUSES } from '../../scoring/analysis/causes.js';
import type { CauseLine } from '../why.js';
import { seriesInk } from './draw.js';
import { shortenNames, titleAbove } from './palette.js';

/** A pair of a wrong prediction and the gold tuple it is near is one mistake. */
export function causeChart(lines: readonly CauseLine[]): TopLevelSpec {
  const nameOf = shortenNames(lines.map((line) => line.model));
  const titleOf = shortenNames(lines.map((line) => line.dataset));
  const causes = CAUSES.filter((cause) => lines.some((line) => line.causes[cause] > 0));
  const values = lines.flatMap(({ model, dataset, causes: counts }) =>
    causes.map((cause) => ({
      model: nameOf(model),
      dataset: titleOf(dataset),
      cause,
      place: CAUSES.indexOf(cause),
      count: counts[cause],
    })),
  );
  return {
    data: { values },
    facet: {
      row: {
        field: 'dataset',
        type: 'nominal',
        sort: [...new Set(lines.map((line) => titleOf(line.dataset)))],
        ...titleAbove,
      },
    },
    spacing: 16,
    spec: {
      width: 330,
      height: { step: 19 },
      mark: { type: 'bar', height: 12 },
      encoding: {
        x: {
          field: 'count',
          type: 'quantitative',
          stack: 'zero',
          axis: { title: 'mistakes per seed', tickCount: 5 },
        },
        y: {
          field: 'model',
          type: 'nominal',
          sort: [...new Set(lines.map((line) => nameOf(line.model)))],
          title: null,
          axis: { labelLimit: 0 },
        },
        order: { field: 'place', type: 'quantitative' },
        color: {
          field: 'cause',
          type: 'nominal',
          scale: { domain: causes, range: causes.map((cause) => seriesInk(1 + CAUSES.indexOf(cause))) },
          legend: { orient: 'top', columns: 4, symbolType: 'square', title: null },
        },
      },
    },
  };
}
