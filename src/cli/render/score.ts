import type { ScoreResult } from '../../index.js';
import { formatTable } from './table.js';

/** One row per subset, in points, with the counts behind them. */
export function formatScore({ task, subsets, duplicates }: ScoreResult): string {
  const rows = Object.entries(subsets).map(([name, metrics]) => [
    name,
    ...[metrics.precision, metrics.recall, metrics.f1].map((value) =>
      value === null ? '–' : (100 * value).toFixed(2),
    ),
    ...[metrics.correct, metrics.predicted, metrics.gold, metrics.sentences, metrics.malformed].map(String),
  ]);
  const header = [
    task,
    'precision',
    'recall',
    'F1',
    'correct',
    'predicted',
    'gold',
    'sentences',
    'malformed',
  ];
  const rule =
    duplicates === 'each'
      ? 'A repeated tuple counts each time, as published.'
      : 'A repeated tuple counts once.';
  return `${formatTable(header, rows)}\n${rule}`;
}
