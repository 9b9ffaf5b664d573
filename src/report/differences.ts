/** Every model against the baseline, paired by seed. */
import { signFlipTest } from './statistics.js';
import type { Group } from './series.js';
import { rulesOf, summarize } from './summarize.js';
import { rowKeys, type TaskGroups } from './task-groups.js';
import type { Column, Difference, DifferenceTable } from './types.js';

/** A row per other model and share; the share is the same on both sides. */
export function compareWithBaseline(
  groups: TaskGroups,
  columns: readonly Column[],
  baseline: string,
): DifferenceTable {
  const rows = rowKeys(groups)
    .filter(({ model }) => model !== baseline)
    .map(({ model, trainShare }) => ({
      model,
      trainShare,
      cells: columns.map((column) =>
        compare(
          column,
          groups.find(model, column.dataset, trainShare),
          groups.find(baseline, column.dataset, trainShare),
        ),
      ),
    }));
  const tests = rows.flatMap((row) => row.cells).filter((cell) => cell.p !== null).length;
  return { baseline, rows, tests };
}

function compare(column: Column, model: Group | undefined, baseline: Group | undefined): Difference {
  const { dataset, subset } = column;
  const [own, other] = [summarize(model, subset), summarize(baseline, subset)];
  const nothing = { dataset, subset, pairs: 0, meanDifference: null, p: null, smallestP: null };
  if (model === undefined || baseline === undefined) return { ...nothing, reason: '-' };
  if (own.state === 'empty' || other.state === 'empty') return { ...nothing, reason: 'no sentences' };
  const planned = intersect(seedsOf(model), seedsOf(baseline));
  const theirs = new Map(other.values.map(({ seed, points }) => [seed, points]));
  const differences = own.values.flatMap(({ seed, points }) => {
    const other = theirs.get(seed);
    return other === undefined ? [] : [points - other];
  });
  const pairs = differences.length;
  if (planned.length === 0) return { ...nothing, reason: 'no seed in common' };
  if (pairs < planned.length) return { ...nothing, pairs, reason: `${pairs} of ${planned.length} pairs` };
  const rules = [model, baseline].map((group) => rulesOf(group, subset).join());
  if (rules[0] !== rules[1]) return { ...nothing, reason: 'counted differently' };
  const meanDifference = differences.reduce((sum, value) => sum + value, 0) / pairs;
  if (pairs < 2) return { ...nothing, pairs, meanDifference, reason: null };
  const { p, smallestP } = signFlipTest(differences);
  return { ...nothing, pairs, meanDifference, p, smallestP, reason: null };
}

function seedsOf(group: Group): number[] {
  return [...group.cells, ...group.missing].map((cell) => cell.seed);
}

function intersect(a: readonly number[], b: readonly number[]): number[] {
  const known = new Set(b);
  return a.filter((value) => known.has(value));
}
