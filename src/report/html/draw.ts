/** Vega-Lite specifications to SVG that follows the page's light and dark colours. */
import type { TopLevelSpec } from 'vega-lite';
import { escapeHtml, Markup } from './markup.js';

/** Draws a chart; the label says in words what it shows. */
export type Draw = (spec: TopLevelSpec, label: string) => Promise<Markup>;

/**
 * Colours as a specification names them, and the page's variables that they become. The values stand for
 * nothing else, so they can be found again in the drawing.
 */
const INKS = {
  text: ['#0a0b01', '--ink'],
  faint: ['#0a0b02', '--ink-faint'],
  grid: ['#0a0b03', '--line'],
} as const;

/** Colours that tell models apart; the first is the baseline's. */
export const SERIES_COLOURS = 9;

export const ink = { text: INKS.text[0], faint: INKS.faint[0], grid: INKS.grid[0] } as const;

export function seriesInk(index: number): string {
  return `#0a0c0${index % SERIES_COLOURS}`;
}

/** Loads Vega, which takes a while, only when a page is made. */
export async function loadDraw(): Promise<Draw> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  // Specifications bring their data along: whatever asks for a file or an address is refused.
  const refuse = () => Promise.reject(new Error('a chart must not load anything'));
  const loader = { ...vega.loader(), load: refuse, sanitize: refuse, http: refuse, file: refuse };
  return async (spec, label) => {
    const view = new vega.View(vega.parse(compile({ ...spec, config: CONFIG }).spec), {
      renderer: 'none',
      loader,
    });
    const svg = await view.toSVG();
    view.finalize();
    return new Markup(dress(svg, label));
  };
}

/** Loads Vega and draws a small chart: the first drawing of a process takes several times as long as the next. */
export async function warmUpDrawing(): Promise<void> {
  const draw = await loadDraw();
  const values = [1, 2].map((x) => ({ x, y: x, series: `${x}` }));
  const encoding = {
    x: { field: 'x', type: 'quantitative' },
    y: { field: 'y', type: 'quantitative' },
    color: { field: 'series', type: 'nominal' },
  } as const;
  await draw({ data: { values }, mark: { type: 'line', point: true }, encoding }, '');
}

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

const CONFIG: NonNullable<TopLevelSpec['config']> = {
  aria: false,
  background: 'transparent',
  font: FONT,
  view: { stroke: null },
  axis: {
    domain: false,
    ticks: false,
    labelFlush: false,
    labelColor: ink.faint,
    labelFontSize: 12,
    labelPadding: 6,
    titleColor: ink.faint,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 8,
    gridColor: ink.grid,
  },
  header: { labelColor: ink.text, labelFontSize: 12, labelFontWeight: 600 },
  legend: {
    labelColor: ink.text,
    labelFontSize: 12,
    labelLimit: 0,
    symbolType: 'stroke',
    symbolStrokeWidth: 3,
    symbolOpacity: 1,
    title: null,
  },
  text: { color: ink.text, fontSize: 12 },
};

/** Only tags are touched: text between them is what a user wrote. */
function dress(svg: string, label: string): string {
  const dressed = svg.replace(/<[^<>]+>/g, (tag) =>
    tag
      .replace(
        /"#0a0b0([1-3])"/g,
        (_, digit: string) => `"var(${Object.values(INKS)[Number(digit) - 1]?.[1] ?? ''})"`,
      )
      .replace(/"#0a0c0(\d)"/g, '"var(--series-$1)"')
      .replace(/ font-family="[^"]*"/g, ''),
  );
  return dressed.replace(/^<svg /, `<svg role="img" aria-label="${escapeHtml(label)}" `);
}
