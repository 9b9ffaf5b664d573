/** A report as CSV (RFC 4180): one line per model × share × dataset × subset. */
import { printable } from '../printable.js';
import type { Difference, Report, SeedValue, Summary, TaskReport } from './types.js';

const HEAD = [
  'task',
  'dataset',
  'subset',
  'model',
  'train_share',
  'state',
  'seeds_done',
  'seeds_planned',
  'f1_mean',
  'f1_sd',
  'precision_mean',
  'precision_sd',
  'recall_mean',
  'recall_sd',
  'f1_by_seed',
  'duplicates',
  'baseline',
  'f1_difference',
  'pairs',
  'p',
  'smallest_p',
  'missing',
  'f1_low',
  'f1_high',
  'p_holm',
  'effect_size',
  'difference_low',
  'difference_high',
  'sentence_p',
  'sentence_p_holm',
];

/** Scores are in points, unrounded; a mean is empty where a seed is missing. */
export function toCsv(report: Report): string {
  const lines = [HEAD, ...report.tasks.flatMap((task) => taskLines(report, task))];
  return lines.map((fields) => `${fields.map(escapeCsv).join(',')}\r\n`).join('');
}

type Field = string | number | null;

function taskLines(report: Report, task: TaskReport): Field[][] {
  const reasons = reasonsByPlace(report);
  const { differences } = task;
  const compared = new Map(
    (differences?.rows ?? []).map((row) => [JSON.stringify([row.model, row.trainShare]), row.cells]),
  );
  return task.rows.flatMap(({ model, trainShare, cells }) =>
    cells.map((cell, column): Field[] => {
      const difference = compared.get(JSON.stringify([model, trainShare]))?.[column];
      const { state, seedsDone, seedsPlanned } = cell.f1;
      return [
        task.task,
        cell.dataset,
        cell.subset,
        model,
        trainShare,
        state,
        seedsDone,
        seedsPlanned,
        ...spread(cell.f1),
        ...spread(cell.precision),
        ...spread(cell.recall),
        cell.f1.values.map(showSeed).join(' '),
        cell.duplicates,
        ...comparison(differences?.baseline ?? null, difference),
        reasons.get(JSON.stringify([task.task, cell.dataset, model, trainShare])) ?? '',
        cell.interval?.low ?? null,
        cell.interval?.high ?? null,
        ...sampledComparison(difference),
      ];
    }),
  );
}

function spread({ mean, deviation }: Summary): Field[] {
  return [mean, deviation];
}

function showSeed({ seed, points }: SeedValue): string {
  return `${seed}=${points}`;
}

function comparison(baseline: string | null, difference: Difference | undefined): Field[] {
  if (difference === undefined) return [null, null, null, null, null];
  const { meanDifference, pairs, p, smallestP } = difference;
  return [baseline, meanDifference, pairs, p, smallestP];
}

function sampledComparison(difference: Difference | undefined): Field[] {
  const { pHolm, effectSize, interval, sentenceP, sentencePHolm } = difference ?? {};
  const all = [pHolm, effectSize, interval?.low, interval?.high, sentenceP, sentencePHolm];
  return all.map((value) => value ?? null);
}

function reasonsByPlace(report: Report): Map<string, string> {
  const found = new Map<string, string>();
  for (const { task, dataset, model, trainShare, seed, reason } of report.missing) {
    const key = JSON.stringify([task, dataset, model, trainShare]);
    const known = found.get(key);
    found.set(key, `${known === undefined ? '' : `${known}; `}seed ${seed}: ${reason}`);
  }
  return found;
}

/**
 * A field that no spreadsheet takes for a formula: text that begins with one of its signs, also after
 * spaces, gets an apostrophe in front. Numbers are ours and stay numbers.
 */
export function escapeCsv(field: Field): string {
  if (field === null) return '';
  if (typeof field === 'number') return String(field);
  const text = printable(field);
  const safe = /^[\s\u0001-\u001f]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",;\t\r\n']|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
