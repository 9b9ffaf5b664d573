/** Every model against the baseline, paired by seed. */
import { testPairs } from '../scoring/paired-test.js';
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
  const nothing = { dataset, subset, pairs: 0, meanDifference: null, p: null, smallestP: null, method: null };
  if (model === undefined || baseline === undefined) return { ...nothing, reason: '-' };
  if (own.state === 'empty' || other.state === 'empty') return { ...nothing, reason: 'no sentences' };
  if (own.state === 'nothing' || other.state === 'nothing') return { ...nothing, reason: 'nothing to score' };
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
  const test = testPairs(differences);
  if (test === null) return { ...nothing, reason: 'no seed in common' };
  const { difference, p, method } = test;
  const found = { ...nothing, pairs, meanDifference: difference, reason: null };
  return pairs < 2 ? found : { ...found, p, method, smallestP: method === 'exact' ? 2 / 2 ** pairs : null };
}

function seedsOf(group: Group): number[] {
  return [...group.cells, ...group.missing].map((cell) => cell.seed);
}

function intersect(a: readonly number[], b: readonly number[]): number[] {
  const known = new Set(b);
  return a.filter((value) => known.has(value));
}
