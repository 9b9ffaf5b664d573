/** A report as LaTeX tables (packages: booktabs, graphicx). */
import { bestInColumns } from './best.js';
import { formatDifference, formatInterval, formatPoints, formatPs, formatShare } from './format.js';
import { describeReproduction } from './reproduction.js';
import { toOneLine } from './text.js';
import type { Column, Difference, Report, Summary, TaskReport } from './types.js';
import { commonPairs, commonSeeds, differenceNote, ruleNote, scoreNote } from './wording.js';

/** One `table` per task, and one per task for the differences. */
export function toLatex(report: Report): string {
  const blocks = report.tasks.flatMap((task) => [scoreTable(task), ...differenceTable(task)]);
  const notes = report.notices.map(({ text }) => `% ${toOneLine(text)}`);
  const made = report.runs.flatMap((run) =>
    describeReproduction(run).map(([name, value]) => `% ${toOneLine(`${run.name}, ${name}: ${value}`)}`),
  );
  const head = [`% ${toOneLine(report.title)}`, ...notes, ...made, '% needs \\usepackage{booktabs,graphicx}'];
  return `${[head.join('\n'), ...blocks].join('\n\n')}\n`;
}

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '%': '\\%',
  '#': '\\#',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\textquotedbl{}',
  "'": '\\textquotesingle{}',
  '`': '\\textasciigrave{}',
  '[': '{[}',
  ']': '{]}',
  '-': '{-}',
  '*': '{*}',
  '±': '\\ensuremath{\\pm}',
  '×': '\\ensuremath{\\times}',
};

/** Text from outside as LaTeX that typesets exactly that text: no command, no comment, no column, no ligature. */
export function escapeLatex(text: string): string {
  return toOneLine(text).replace(/[\\{}$&%#_~^<>|"'`[\]*±×]|-(?=-)/g, (sign) => SPECIAL[sign] ?? sign);
}

function scoreTable(task: TaskReport): string {
  const best = bestInColumns(task);
  const withN = commonSeeds(task) === null;
  const rows = task.rows.map((row, index) =>
    row.cells.map(({ f1 }, column) => {
      const text = showSummary(f1, withN);
      return best[column]?.has(index) === true ? `\\textbf{${text}}` : text;
    }),
  );
  const caption = `${task.task}: ${scoreNote(task)} ${[ruleNote(task.duplicates), ...task.countNotes].join(' ')} Bold: highest mean.`;
  return makeTable(task, task.rows, rows, caption, `tab:fsa-${task.task}`);
}

function differenceTable(task: TaskReport): string[] {
  const { differences } = task;
  if (differences === null || differences.rows.length === 0) return [];
  const withN = commonPairs(differences) === null;
  const rows = differences.rows.map((row) => row.cells.map((cell) => showDifference(cell, withN)));
  const caption = `${task.task}: ${differenceNote(differences)}`;
  return [makeTable(task, differences.rows, rows, caption, `tab:fsa-${task.task}-differences`)];
}

function makeTable(
  task: TaskReport,
  keys: readonly { readonly model: string; readonly trainShare: number }[],
  cells: readonly (readonly string[])[],
  caption: string,
  label: string,
): string {
  const withShare = new Set(task.rows.map((row) => row.trainShare)).size > 1;
  const lead = withShare ? 2 : 1;
  const spans = spanDatasets(task.columns);
  const rules = spans.map(({ from, to }) => `\\cmidrule(lr){${from + lead + 1}-${to + lead + 1}}`);
  const datasets = spans.map(
    ({ dataset, from, to }) => `\\multicolumn{${to - from + 1}}{c}{${escapeLatex(dataset)}}`,
  );
  const rows = keys.map(({ model, trainShare }, index) => [
    escapeLatex(model),
    ...(withShare ? [escapeLatex(formatShare(trainShare))] : []),
    ...(cells[index] ?? []),
  ]);
  return [
    '\\begin{table}',
    '\\centering',
    `\\caption{${escapeLatex(caption)}}`,
    `\\label{${label}}`,
    '\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%',
    `\\begin{tabular}{${'l'.repeat(lead)}${'r'.repeat(task.columns.length)}}`,
    '\\toprule',
    line([...Array<string>(lead).fill(''), ...datasets]),
    rules.join(' '),
    line(['Model', ...(withShare ? ['Share'] : []), ...task.columns.map(({ subset }) => subset)]),
    '\\midrule',
    ...rows.map(line),
    '\\bottomrule',
    '\\end{tabular}}',
    '\\end{table}',
  ].join('\n');
}

/** Neighbouring columns of one dataset, as 0-based spans. */
function spanDatasets(columns: readonly Column[]): { dataset: string; from: number; to: number }[] {
  const spans: { dataset: string; from: number; to: number }[] = [];
  columns.forEach(({ dataset }, index) => {
    const last = spans.at(-1);
    if (last?.dataset === dataset) last.to = index;
    else spans.push({ dataset, from: index, to: index });
  });
  return spans;
}

function showSummary({ state, mean, deviation, seedsDone, seedsPlanned }: Summary, withN: boolean): string {
  if (mean !== null) {
    const spread = deviation === null ? '' : ` \\ensuremath{\\pm} ${formatPoints(deviation)}`;
    return `${formatPoints(mean)}${spread}${withN ? small(String(seedsDone)) : ''}`;
  }
  if (state === 'partial') return `{\\itshape ${seedsDone} of ${seedsPlanned} seeds}`;
  if (state === 'unplanned' || state === 'nothing') return '--';
  return `{\\itshape ${state === 'empty' ? 'no sentences' : 'missing'}}`;
}

function showDifference(difference: Difference, withN: boolean): string {
  const { meanDifference, pairs, reason, interval } = difference;
  if (meanDifference === null) return reason === null ? '--' : `{\\itshape ${escapeLatex(reason)}}`;
  const facts = withN ? [String(pairs)] : [];
  if (interval !== null) facts.push(`\\ensuremath{${formatInterval(interval)}}`);
  const ps = formatPs(difference);
  if (ps !== null) facts.push(`\\ensuremath{${ps.replace('–', '-')}}`);
  return `\\ensuremath{${formatDifference(meanDifference)}}${facts.length === 0 ? '' : small(facts.join(', '))}`;
}

function small(text: string): string {
  return ` {\\scriptsize(${text})}`;
}

function line(cells: readonly string[]): string {
  return `${cells.join(' & ')} \\\\`;
}
