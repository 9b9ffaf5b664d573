/** A group's scores as one summary; a mean only where every planned seed is there. */
import { type DuplicateRule, SUBSETS, type SubsetName } from '../tasks/vocabulary.js';
import type { CellResult } from '../runs/types.js';
import { aggregate } from '../scoring/aggregate.js';
import type { Metrics } from '../scoring/types.js';
import type { Column, ScoreCell, SeedValue, Summary } from './types.js';
import type { Group } from './series.js';

const UNPLANNED: Summary = {
  state: 'unplanned',
  seedsDone: 0,
  seedsPlanned: 0,
  mean: null,
  deviation: null,
  values: [],
};

/** The cells of a table for one group and subset. */
export function summarizeGroup(group: Group | undefined, { dataset, subset }: Column) {
  return {
    dataset,
    subset,
    duplicates: rulesOf(group, subset)[0] ?? null,
    f1: summarize(group, subset, 'f1'),
    precision: summarize(group, subset, 'precision'),
    recall: summarize(group, subset, 'recall'),
  } satisfies Omit<ScoreCell, 'interval'>;
}

/** One score of a group over its seeds, in points. */
export function summarize(
  group: Group | undefined,
  subset: SubsetName,
  score: 'f1' | 'precision' | 'recall' = 'f1',
): Summary {
  if (group === undefined) return UNPLANNED;
  const seedsPlanned = group.cells.length + group.missing.length;
  const measured = group.cells.flatMap((cell) => {
    const metrics = metricsOf(cell, subset);
    return metrics === null ? [] : [{ seed: cell.seed, figure: metrics[score] }];
  });
  const values = measured.flatMap(({ seed, figure }): SeedValue[] =>
    figure === null ? [] : [{ seed, points: figure * 100 }],
  );
  const seedsDone = group.cells.length;
  const counts = { seedsDone, seedsPlanned, values };
  if (seedsDone === 0) return { state: 'missing', mean: null, deviation: null, ...counts };
  if (measured.length < seedsDone)
    return { state: 'empty', mean: null, deviation: null, ...counts, values: [] };
  if (values.length < seedsDone) return { state: 'nothing', mean: null, deviation: null, ...counts };
  if (seedsDone < seedsPlanned) return { state: 'partial', mean: null, deviation: null, ...counts };
  const over = aggregate(values.map((value) => value.points));
  return {
    state: 'complete',
    mean: over?.mean ?? null,
    deviation: over?.standardDeviation ?? null,
    ...counts,
  };
}

/** Subsets in their usual order that any of the groups has sentences for. */
export function subsetsIn(groups: readonly Group[]): SubsetName[] {
  const cells = groups.flatMap((group) => group.cells);
  if (cells.length === 0) return ['all'];
  return SUBSETS.filter((subset) => cells.some((cell) => metricsOf(cell, subset) !== null));
}

/** The scores of a cell on a subset; null where the subset has no sentences, which some cells leave out. */
export function metricsOf(cell: CellResult, subset: SubsetName): Metrics | null {
  const subsets: Readonly<Partial<Record<SubsetName, Metrics>>> = cell.subsets;
  const metrics = subsets[subset];
  return metrics === undefined || metrics.sentences === 0 ? null : metrics;
}

/** How the cells of a group count repeated pairs: one rule, unless cells were mixed up. */
export function rulesOf(group: Group | undefined, subset: SubsetName): DuplicateRule[] {
  const rules = group?.cells.flatMap((cell) => metricsOf(cell, subset)?.duplicates ?? []) ?? [];
  return [...new Set(rules)].sort();
}
