/** Names and colours of models in charts. */
import { fitTo, toOneLine, widthOf } from '../text.js';
import { seriesInk } from './draw.js';

/** The colour of each model, the same all over the page. */
export type Palette = ReadonlyMap<string, number>;

const LONGEST_NAME = 24;

/** Names short enough for a chart, cut in the middle; those that would then look alike stay whole. */
export function shortenNames(names: readonly string[]): (name: string) => string {
  const whole = [...new Set(names)];
  const short = new Map(whole.map((name) => [name, cutMiddle(toOneLine(name))]));
  const taken = [...short.values()];
  return (name) => {
    const cut = short.get(name) ?? toOneLine(name);
    return keepApart(taken.filter((other) => other === cut).length > 1 ? toOneLine(name) : cut);
  };
}

const ZERO_WIDTH_SPACE = '\u200B';

/** Vega looks names up in plain objects, where `constructor` and its kin mean something else. */
function keepApart(name: string): string {
  return name in Object.prototype ? `${name}${ZERO_WIDTH_SPACE}` : name;
}

function cutMiddle(name: string): string {
  if (widthOf(name) <= LONGEST_NAME) return name;
  const signs = Array.from(name);
  const tail = signs.slice(-(LONGEST_NAME / 2 - 1)).join('');
  return `${fitTo(name, LONGEST_NAME / 2)}${tail.trimStart()}`;
}

/** Colour by the field `model`, as the page's palette has it. */
export function colourBy(
  models: readonly string[],
  nameOf: (model: string) => string,
  palette: Palette,
  legend: { orient: 'top'; columns: number } | null,
) {
  const names = [...new Set(models)];
  return {
    field: 'model',
    type: 'nominal',
    scale: { domain: names.map(nameOf), range: names.map((name) => seriesInk(palette.get(name) ?? 0)) },
    legend,
  } as const;
}

/** Rows of a chart with their titles above them, left, instead of beside them. */
export const titleAbove = {
  title: null,
  header: {
    labelAngle: 0,
    labelAlign: 'left',
    labelAnchor: 'start',
    labelOrient: 'top',
    labelPadding: -4,
  },
} as const;
