/** Runs as tables for a terminal. */
import type { ListRunsResult, ShowRunResult } from '../../index.js';
import { formatPoints, formatShare } from '../../report/format.js';
import { formatTable } from './table.js';

export function formatRunList({ runs, unreadable }: ListRunsResult): string {
  const rows = runs.map((run) => [
    run.folder,
    run.kind,
    run.createdAt.slice(0, 16).replace('T', ' '),
    `${run.done} of ${run.planned}`,
    run.models.join(', ') || '-',
    run.datasets.join(', ') || '-',
  ]);
  const problems = unreadable.map(({ folder, reason }) => `${folder}: ${reason}`);
  const table =
    rows.length === 0
      ? 'No runs there.'
      : formatTable(['run', 'kind', 'started (UTC)', 'done', 'models', 'datasets'], rows);
  return [table, ...problems].join('\n');
}

export function formatRun({ run, figures, reproduction }: ShowRunResult): string {
  const width = Math.max(...reproduction.map(([name]) => name.length));
  const facts = [
    `${run.name}: fsa ${run.kind}, started ${run.createdAt.slice(0, 16).replace('T', ' ')} UTC on ${run.device}`,
    ...reproduction.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
  ];
  if (figures.length === 0) return facts.join('\n');
  const rows = figures.map(({ model, task, dataset, subset, trainShare, ...figure }) => [
    model,
    `${task}/${dataset}`,
    subset,
    formatShare(trainShare),
    figure.mean === null
      ? `${figure.seedsDone} of ${figure.seedsPlanned} seeds`
      : formatPoints(figure.mean) + (figure.deviation === null ? '' : ` ± ${formatPoints(figure.deviation)}`),
    `${figure.seedsDone}`,
  ]);
  const header = ['model', 'dataset', 'set', 'train share', 'F1', 'seeds'];
  return [...facts, '', formatTable(header, rows, { keys: 4 })].join('\n');
}
