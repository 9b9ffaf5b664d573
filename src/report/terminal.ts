/** A report as plain text for a terminal: tables that fit its width. */
import { bestInColumns } from './best.js';
import { count, formatPair, formatShare, formatSummary } from './format.js';
import { FRONTIER_HEAD, frontierRow } from './frontier-table.js';
import type { Frontier } from './frontier-types.js';
import { fitTo, toOneLine, widthOf } from './text.js';
import { describeReproduction } from './reproduction.js';
import type { Report, TaskReport } from './types.js';
import { causeLine, describeCauses, mainAnalyses } from './why.js';
import { commonPairs, commonSeeds, differenceNote, ruleNote, scoreNote } from './wording.js';

export interface TerminalOptions {
  /** Width of the terminal in characters. */
  readonly columns: number;
  readonly color: boolean;
}

/** Reasons of missing cells that are listed; the rest is counted. */
const MAX_REASONS = 10;
const MAX_CAUSE_LINES = 12;

export function toTerminal(report: Report, options: TerminalOptions): string {
  const columns = Math.max(40, options.columns);
  const style = makeStyle(options.color);
  const blocks = [
    ...report.notices.map(({ kind, text }) =>
      wrap(`${kind === 'data' ? 'Data' : 'Note'}: ${toOneLine(text)}`, columns)
        .map(style.strong)
        .join('\n'),
    ),
    ...report.tasks.flatMap((task) => [
      ...taskBlocks(task, columns, style),
      ...causeBlock(task, columns, style),
    ]),
    ...report.frontiers.map((frontier) => frontierBlock(frontier, columns, style)),
    ...missingBlock(report, columns, style),
    ...distillationBlock(report, columns),
    ...reproductionBlock(report, columns).map(style.faint),
  ];
  return blocks.length === 0 ? 'No results yet.\n' : `${blocks.join('\n\n')}\n`;
}

interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

function makeStyle(color: boolean): Style {
  const paint = (on: number, off: number) => (text: string) =>
    color ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return { strong: paint(1, 22), faint: paint(2, 22) };
}

interface Cell {
  readonly text: string;
  readonly look: 'plain' | 'strong' | 'faint';
}

const blank: Cell = { text: '', look: 'plain' };

function taskBlocks(task: TaskReport, columns: number, style: Style): string[] {
  const head = task.columns.map(({ dataset, subset }) => [toOneLine(dataset), subset] as const);
  const best = bestInColumns(task);
  const withN = commonSeeds(task) === null;
  const scores = task.rows.map((row, index) =>
    row.cells.map(({ f1 }, column): Cell => {
      const text = formatSummary(f1, withN);
      if (f1.mean === null) return { text, look: 'faint' };
      return { text, look: best[column]?.has(index) === true ? 'strong' : 'plain' };
    }),
  );
  const blocks = [
    [style.strong(`${task.task}: F1`), ...layOut(task, task.rows, head, scores, columns, style)].join('\n'),
    wrap([scoreNote(task), ruleNote(task.duplicates), ...task.countNotes.map(toOneLine)].join(' '), columns)
      .map(style.faint)
      .join('\n'),
  ];
  const { differences } = task;
  if (differences === null || differences.rows.length === 0) return blocks;
  const pairsDiffer = commonPairs(differences) === null;
  const pairs = differences.rows.map((row) =>
    row.cells.map(
      (cell): Cell => ({
        text: formatPair(cell, pairsDiffer),
        look: cell.meanDifference === null ? 'faint' : 'plain',
      }),
    ),
  );
  const title = fitTo(`${task.task}: difference in F1 to ${toOneLine(differences.baseline)}`, columns);
  return [
    ...blocks,
    [style.strong(title), ...layOut(task, differences.rows, head, pairs, columns, style)].join('\n'),
    wrap(toOneLine(differenceNote(differences)), columns)
      .map(style.faint)
      .join('\n'),
  ];
}

type Keys = readonly { readonly model: string; readonly trainShare: number }[];

/** A table as lines; where it is too wide its columns go below each other in several tables. */
function layOut(
  task: TaskReport,
  keys: Keys,
  head: readonly (readonly [dataset: string, subset: string])[],
  cells: readonly (readonly Cell[])[],
  columns: number,
  style: Style,
): string[] {
  const withShare = new Set(task.rows.map((row) => row.trainShare)).size > 1;
  const widest = Math.floor(columns * 0.45);
  const names = keys.map(({ model, trainShare }) => {
    const share = withShare ? `  ${formatShare(trainShare)}` : '';
    return fitTo(toOneLine(model), Math.max(8, widest - share.length)) + share;
  });
  const lead = Math.max(5, ...names.map(widthOf));
  const room = Math.max(12, columns - lead - 2);
  const widths = head.map(([dataset, subset], column) =>
    Math.min(
      room,
      Math.max(widthOf(dataset), widthOf(subset), ...cells.map((row) => widthOf(row[column]?.text ?? ''))),
    ),
  );
  return splitColumns(widths, room).flatMap((part, index) => {
    const line = (name: string, texts: readonly Cell[]) =>
      [
        padEnd(name, lead),
        ...texts.map(({ text, look }, place) => {
          const width = widths[part[place] ?? 0] ?? 0;
          const padded = padStart(fitTo(text, width), width);
          return look === 'plain' ? padded : style[look](padded);
        }),
      ]
        .join('  ')
        .trimEnd();
    const pick = (texts: readonly Cell[]) => part.map((column) => texts[column] ?? blank);
    // The name of a dataset stands over the first of its columns only.
    const datasets = part.map((column, place): Cell => {
      const name = head[column]?.[0] ?? '';
      return place > 0 && head[part[place - 1] ?? 0]?.[0] === name ? blank : { text: name, look: 'plain' };
    });
    const total = lead + part.reduce((sum, column) => sum + 2 + (widths[column] ?? 0), 0);
    return [
      ...(index > 0 ? [''] : []),
      line('', datasets),
      line('model', pick(head.map(([, subset]) => ({ text: subset, look: 'plain' })))),
      style.faint('─'.repeat(total)),
      ...names.map((name, row) => line(name, pick(cells[row] ?? []))),
    ];
  });
}

/** A line per model and measure: the whole table stands in the page. */
function frontierBlock(frontier: Frontier, columns: number, style: Style): string {
  const lines = frontier.points.map((point) => {
    const cells = frontierRow(point);
    // By their heads: a column that comes between must not take the place of another's figure.
    const of = (head: (typeof FRONTIER_HEAD)[number]): string => cells[FRONTIER_HEAD.indexOf(head)] ?? '';
    const usd = of('USD / 1,000');
    const cost = `${of('seconds / 1,000')} s${usd === '–' ? '' : ` and ${usd}`} for 1,000 sentences`;
    return `${toOneLine(of('model'))}: F1 ${of('F1')}, ${cost} (${of('sentences')} measured)`;
  });
  return [
    style.strong(`${frontier.task}/${toOneLine(frontier.dataset)}: what quality costs`),
    ...[...lines, ...frontier.words.map(toOneLine)].flatMap((line) => wrap(line, columns)),
  ].join('\n');
}

/** Columns in runs that each fit into `room`, two spaces between them. */
function splitColumns(widths: readonly number[], room: number): number[][] {
  const parts: number[][] = [];
  let used = Number.POSITIVE_INFINITY;
  widths.forEach((width, column) => {
    if (used + 2 + width > room) {
      parts.push([]);
      used = -2;
    }
    parts.at(-1)?.push(column);
    used += 2 + width;
  });
  return parts;
}

/** Only where few enough models and datasets are compared to be read here. */
function causeBlock(task: TaskReport, columns: number, style: Style): string[] {
  const lines = mainAnalyses(task).flatMap((one) => (one.subset === 'all' ? [causeLine(one)] : []));
  if (lines.length === 0 || lines.length > MAX_CAUSE_LINES) return [];
  const told = lines.flatMap((line) =>
    wrap(`- ${toOneLine(line.model)}, ${toOneLine(line.dataset)}: ${describeCauses(line)}`, columns),
  );
  return [[style.strong(`${task.task}: why it is wrong, per seed`), ...told].join('\n')];
}

function missingBlock(report: Report, columns: number, style: Style): string[] {
  if (report.missing.length === 0) return [];
  const lines = report.missing.slice(0, MAX_REASONS).flatMap((cell) => {
    const share = cell.trainShare === 1 ? '' : `, ${formatShare(cell.trainShare)}`;
    const place = `${cell.task}/${toOneLine(cell.dataset)}, ${toOneLine(cell.model)}, seed ${cell.seed}${share}`;
    return wrap(`- ${place}: ${toOneLine(cell.reason)}`, columns);
  });
  const more = report.missing.length - MAX_REASONS;
  if (more > 0) lines.push(`- and ${more} more`);
  return [[style.strong(`Missing: ${count(report.missing.length, 'cell')}`), ...lines].join('\n')];
}

function distillationBlock(report: Report, columns: number): string[] {
  return report.distillations.map(({ run, steps, loss, validationLoss }) => {
    const parts = [count(steps, 'step')];
    const [last, validation] = [loss.at(-1), validationLoss.at(-1)];
    if (last !== undefined) parts.push(`last loss ${last.y.toFixed(4)}`);
    if (validation !== undefined) parts.push(`last validation loss ${validation.y.toFixed(4)}`);
    return wrap(`${toOneLine(run)}: ${parts.join(', ')}`, columns).join('\n');
  });
}

/** Only of a single run: several are read in the files. */
function reproductionBlock(report: Report, columns: number): string[] {
  const [run, ...others] = report.runs;
  if (run?.made == null || others.length > 0) return [];
  const facts = describeReproduction(run).map(([name, value]) => `${name} ${toOneLine(value)}`);
  return [wrap(`To have these numbers again: ${facts.join('; ')}`, columns).join('\n')];
}

function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Lines of at most `columns` columns, broken at spaces; a longer word is cut. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    const next = current === '' ? word : `${current} ${word}`;
    if (widthOf(next) <= columns) current = next;
    else {
      if (current !== '') lines.push(current);
      current = fitTo(word, columns);
    }
  }
  return [...lines, current];
}
