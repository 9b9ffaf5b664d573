/** A report as Markdown (GitHub's flavour). */
import { bestInColumns } from './best.js';
import { whyBlocks } from './markdown-why.js';
import {
  count,
  formatInterval,
  formatPair,
  formatPoints,
  formatShare,
  formatSpan,
  formatSummary,
} from './format.js';
import { FRONTIER_HEAD, frontierNote, frontierRow } from './frontier-table.js';
import { escapeMarkdown, markdownTable } from './markdown-text.js';
import { describeReproduction } from './reproduction.js';
import type { Report, TaskReport } from './types.js';
import { commonPairs, commonSeeds, differenceNote, intervalNote, ruleNote, scoreNote } from './wording.js';

export function toMarkdown(report: Report): string {
  const blocks = [
    `# ${escapeMarkdown(report.title)}`,
    ...notices(report),
    ...report.tasks.flatMap(taskBlocks),
    ...frontierBlocks(report),
    ...distillationBlocks(report),
    ...missingBlocks(report),
    ...runBlocks(report),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function notices(report: Report): string[] {
  return report.notices.map(
    ({ kind, text }) => `> **${kind === 'data' ? 'Data' : 'Note'}:** ${escapeMarkdown(text)}`,
  );
}

function taskBlocks(task: TaskReport): string[] {
  const shares = new Set(task.rows.map((row) => row.trainShare));
  const head = task.columns.map(({ dataset, subset }) => `${escapeMarkdown(dataset)} ${subset}`);
  const best = bestInColumns(task);
  const withN = commonSeeds(task) === null;
  const rows = task.rows.map((row, index) => [
    escapeMarkdown(row.model),
    ...(shares.size > 1 ? [formatShare(row.trainShare)] : []),
    ...row.cells.map(({ f1 }, column) => {
      const text = formatSummary(f1, withN);
      return best[column]?.has(index) === true ? `**${text}**` : text;
    }),
  ]);
  const names = ['model', ...(shares.size > 1 ? ['train share'] : [])];
  return [
    `## ${task.task}`,
    [scoreNote(task), ruleNote(task.duplicates), ...task.countNotes.map(escapeMarkdown)].join(' '),
    markdownTable([...names, ...head], rows, names.length),
    ...differenceBlocks(task, shares.size > 1, head),
    ...intervalBlocks(task, shares.size > 1, head),
    ...precisionBlocks(task, shares.size > 1, head),
    ...whyBlocks(task),
  ];
}

function differenceBlocks(task: TaskReport, withShare: boolean, head: readonly string[]): string[] {
  if (task.differences === null || task.differences.rows.length === 0) return [];
  const names = ['model', ...(withShare ? ['train share'] : [])];
  const withN = commonPairs(task.differences) === null;
  const rows = task.differences.rows.map((row) => [
    escapeMarkdown(row.model),
    ...(withShare ? [formatShare(row.trainShare)] : []),
    ...row.cells.map((cell) => escapeMarkdown(formatPair(cell, withN))),
  ]);
  return [
    `### ${task.task}: differences in F1 against ${escapeMarkdown(task.differences.baseline)}`,
    escapeMarkdown(differenceNote(task.differences)),
    markdownTable([...names, ...head], rows, names.length),
  ];
}

function intervalBlocks(task: TaskReport, withShare: boolean, head: readonly string[]): string[] {
  const note = intervalNote(task);
  if (note === null) return [];
  const names = ['model', ...(withShare ? ['train share'] : [])];
  const rows = task.rows.map((row) => [
    escapeMarkdown(row.model),
    ...(withShare ? [formatShare(row.trainShare)] : []),
    ...row.cells.map(({ interval }) => (interval === null ? '-' : escapeMarkdown(formatInterval(interval)))),
  ]);
  return [
    `### ${task.task}: intervals of mean F1`,
    escapeMarkdown(note),
    markdownTable([...names, ...head], rows, names.length),
  ];
}

function precisionBlocks(task: TaskReport, withShare: boolean, head: readonly string[]): string[] {
  const names = ['model', ...(withShare ? ['train share'] : [])];
  const rows = task.rows.map((row) => [
    escapeMarkdown(row.model),
    ...(withShare ? [formatShare(row.trainShare)] : []),
    ...row.cells.map(({ precision, recall }) =>
      precision.mean === null || recall.mean === null
        ? formatSummary(precision)
        : `${formatPoints(precision.mean)} / ${formatPoints(recall.mean)}`,
    ),
  ]);
  return [
    `### ${task.task}: mean precision / recall`,
    markdownTable([...names, ...head], rows, names.length),
  ];
}

function frontierBlocks({ frontiers }: Report): string[] {
  return frontiers.flatMap((frontier) => [
    `## ${frontier.task}/${escapeMarkdown(frontier.dataset)}: what quality costs`,
    frontier.words.map((sentence) => `- ${escapeMarkdown(sentence)}`).join('\n'),
    markdownTable(
      FRONTIER_HEAD,
      frontier.points.map((point) => frontierRow(point).map(escapeMarkdown)),
      2,
    ),
    escapeMarkdown(frontierNote(frontier)),
  ]);
}

function distillationBlocks(report: Report): string[] {
  if (report.distillations.length === 0) return [];
  const rows = report.distillations.map(({ run, steps, tokens, loss, validationLoss }) => [
    escapeMarkdown(run),
    String(steps),
    String(tokens),
    loss.at(-1)?.y.toFixed(4) ?? '-',
    validationLoss.at(-1)?.y.toFixed(4) ?? '-',
  ]);
  return [
    '## Distillation',
    markdownTable(['run', 'steps', 'tokens', 'last loss', 'last validation loss'], rows, 1),
  ];
}

function missingBlocks(report: Report): string[] {
  if (report.missing.length === 0) return [];
  const rows = report.missing.map((cell) => [
    escapeMarkdown(cell.model),
    cell.task,
    escapeMarkdown(cell.dataset),
    String(cell.seed),
    formatShare(cell.trainShare),
    escapeMarkdown(cell.reason),
  ]);
  return [
    `## Missing cells (${report.missing.length})`,
    markdownTable(['model', 'task', 'dataset', 'seed', 'train share', 'reason'], rows, 6),
  ];
}

function runBlocks(report: Report): string[] {
  const rows = report.runs.map((run) => [
    escapeMarkdown(run.name),
    run.kind,
    escapeMarkdown(run.device),
    escapeMarkdown(run.fsaVersion),
    escapeMarkdown(run.createdAt),
    run.kind === 'eval' ? `${run.cellsDone} of ${run.cellsPlanned}` : '-',
  ]);
  const seconds = report.cells.reduce((sum, cell) => sum + cell.seconds, 0);
  const spent =
    report.cells.length === 0
      ? []
      : [`${count(report.cells.length, 'cell')} took ${formatSpan(seconds)} of computing in all.`];
  const again = report.runs.map((run) =>
    [
      `### ${escapeMarkdown(run.name)}: to have these numbers again`,
      describeReproduction(run)
        .map(([name, value]) => `- ${name}: ${escapeMarkdown(value)}`)
        .join('\n'),
    ].join('\n\n'),
  );
  return [
    '## Runs',
    markdownTable(['run', 'kind', 'device', 'fsa', 'created', 'cells'], rows, 6),
    ...spent,
    ...again,
  ];
}
