/** The unweighted mean over the datasets of a task: of each seed first, then over seeds. */
import { aggregate } from '../scoring/aggregate.js';
import { count } from './format.js';
import type { Column, ScoreCell, Summary } from './types.js';

/** The column of the mean over all datasets; null where there is one dataset only. */
export function macroColumn(datasets: readonly string[]): Column | null {
  if (datasets.length < 2) return null;
  return { dataset: `macro mean of ${count(datasets.length, 'dataset')}`, subset: 'all', over: datasets };
}

/** A row's cell in the macro column, from its cells in the columns of the datasets. */
export function macroCell(column: Column, cells: readonly ScoreCell[]): Omit<ScoreCell, 'interval'> {
  const parts = cells.filter((cell) => cell.over === undefined && cell.subset === column.subset);
  const of = (score: 'f1' | 'precision' | 'recall') => meanOf(parts.map((cell) => cell[score]));
  const rules = [...new Set(parts.map(({ duplicates }) => duplicates))];
  return {
    ...column,
    duplicates: rules.length === 1 ? (rules[0] ?? null) : null,
    f1: of('f1'),
    precision: of('precision'),
    recall: of('recall'),
  };
}

/** Complete where every part is, over the same seeds; else what keeps it from being so. */
function meanOf(parts: readonly Summary[]): Summary {
  const [first] = parts;
  const values = (first?.values ?? []).flatMap(({ seed }) => {
    const points = parts.map((part) => part.values.find((value) => value.seed === seed)?.points);
    const known = points.filter((one) => one !== undefined);
    if (known.length < parts.length) return [];
    return [{ seed, points: known.reduce((sum, one) => sum + one, 0) / known.length }];
  });
  const seedsPlanned = Math.max(0, ...parts.map((part) => part.seedsPlanned));
  const nothing = { mean: null, deviation: null, seedsDone: values.length, seedsPlanned, values };
  const lacking = parts.find(({ state }) => state !== 'complete');
  if (first === undefined || lacking !== undefined) {
    return { ...nothing, state: lacking?.state ?? 'unplanned' };
  }
  const complete = values.length > 0 && parts.every((part) => part.values.length === values.length);
  if (!complete) return { ...nothing, state: 'unplanned' };
  const over = aggregate(values.map(({ points }) => points));
  return {
    ...nothing,
    state: 'complete',
    mean: over?.mean ?? null,
    deviation: over?.standardDeviation ?? null,
  };
}
