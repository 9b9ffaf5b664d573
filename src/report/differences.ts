/** Every model against the baseline: paired by seed, and over the same resampled sentences. */
import { adjustByHolm, effectSize, testPairs } from '../scoring/paired-test.js';
import type { Resampling } from './resampling.js';
import type { Group } from './series.js';
import { metricsOf, rulesOf } from './summarize.js';
import { rowKeys, type TaskGroups } from './task-groups.js';
import type { Column, Difference, DifferenceTable, ScoreCell, TaskReport } from './types.js';

/** A row per other model and share; the share is the same on both sides. */
export function compareWithBaseline(
  groups: TaskGroups,
  { columns, rows: scores }: Pick<TaskReport, 'columns' | 'rows'>,
  baseline: string,
  resampling: Resampling,
): DifferenceTable {
  const rows = rowKeys(groups)
    .filter(({ model }) => model !== baseline)
    .map(({ model, trainShare }) => ({
      model,
      trainShare,
      cells: columns.map((column, place): Difference => {
        const cellOf = (name: string) =>
          scores.find((row) => row.model === name && row.trainShare === trainShare)?.cells[place];
        const groupsOf = (name: string) =>
          (column.over ?? [column.dataset]).map((dataset) => groups.find(name, dataset, trainShare));
        const compared = compare(
          { column, cell: cellOf(model), groups: groupsOf(model) },
          { column, cell: cellOf(baseline), groups: groupsOf(baseline) },
        );
        if (compared.meanDifference === null) return compared;
        const sampled = resampling.difference(column, model, baseline, trainShare);
        return { ...compared, interval: sampled?.interval ?? null, sentenceP: sampled?.p ?? null };
      }),
    }));
  return adjust(groups, baseline, rows);
}

/** Whether a set is the whole test set again, as `test` is where nothing was marked as hard. */
function isWhole(groups: TaskGroups, { dataset, subset, over }: Column): boolean {
  if (over !== undefined || subset === 'all') return false;
  const cells = groups.all.filter((group) => group.dataset === dataset).flatMap((group) => group.cells);
  return cells.every((cell) => metricsOf(cell, subset)?.sentences === metricsOf(cell, 'all')?.sentences);
}

/**
 * Holm's adjustment over all tests of a table: those over seeds, and apart from them those over sentences. A set that
 * is the whole test set again is no test of its own, and has the p of the whole.
 */
function adjust(groups: TaskGroups, baseline: string, rows: DifferenceTable['rows']): DifferenceTable {
  const { task } = groups;
  const repeats = new Set(rows[0]?.cells.flatMap((cell, place) => (isWhole(groups, cell) ? [place] : [])));
  const cells = rows.flatMap((row) => row.cells.filter((_, place) => !repeats.has(place)));
  const adjusted = (of: (cell: Difference) => number | null): Map<Difference, number> => {
    const tested = cells.flatMap((cell) => {
      const p = of(cell);
      return p === null ? [] : [{ cell, p }];
    });
    const ps = adjustByHolm(tested.map(({ p }) => p));
    return new Map(tested.map(({ cell }, place) => [cell, ps[place] ?? 1]));
  };
  const [seeds, sentences] = [adjusted((cell) => cell.p), adjusted((cell) => cell.sentenceP)];
  const tested = (row: DifferenceTable['rows'][number], cell: Difference, place: number): Difference =>
    repeats.has(place)
      ? (row.cells.find(({ dataset, subset }) => dataset === cell.dataset && subset === 'all') ?? cell)
      : cell;
  return {
    baseline,
    rows: rows.map((row) => ({
      ...row,
      cells: row.cells.map((cell, place) => ({
        ...cell,
        pHolm: seeds.get(tested(row, cell, place)) ?? null,
        sentencePHolm: sentences.get(tested(row, cell, place)) ?? null,
      })),
    })),
    family: `all differences in F1 to ${baseline} in the table of ${task}`,
    tests: seeds.size,
    sentenceTests: sentences.size,
  };
}

/** One side of a comparison: a cell of the table, and the groups that it is made from. */
interface Side {
  readonly column: Column;
  readonly cell: ScoreCell | undefined;
  readonly groups: readonly (Group | undefined)[];
}

function compare({ column, ...model }: Side, baseline: Side): Difference {
  const nothing = { ...column, ...NO_TEST };
  const [own, other] = [model.cell?.f1, baseline.cell?.f1];
  if (own === undefined || other === undefined) return { ...nothing, reason: '-' };
  if (own.state === 'unplanned' || other.state === 'unplanned') return { ...nothing, reason: '-' };
  if (own.state === 'empty' || other.state === 'empty') return { ...nothing, reason: 'no sentences' };
  if (own.state === 'nothing' || other.state === 'nothing') return { ...nothing, reason: 'nothing to score' };
  const planned = intersect(seedsOf(model.groups), seedsOf(baseline.groups));
  const theirs = new Map(other.values.map(({ seed, points }) => [seed, points]));
  const differences = own.values.flatMap(({ seed, points }) => {
    const other = theirs.get(seed);
    return other === undefined ? [] : [points - other];
  });
  const pairs = differences.length;
  if (planned.length === 0) return { ...nothing, reason: 'no seed in common' };
  if (pairs < planned.length) return { ...nothing, pairs, reason: `${pairs} of ${planned.length} pairs` };
  const rules = [model, baseline].map(({ groups }) =>
    groups.map((group) => rulesOf(group, column.subset).join()).join(';'),
  );
  if (rules[0] !== rules[1]) return { ...nothing, reason: 'counted differently' };
  const test = testPairs(differences);
  if (test === null) return { ...nothing, reason: 'no seed in common' };
  const { difference, p, method } = test;
  const found = { ...nothing, pairs, meanDifference: difference, reason: null };
  if (pairs < 2) return found;
  const smallestP = method === 'exact' ? 2 / 2 ** pairs : null;
  return { ...found, p, method, smallestP, effectSize: effectSize(differences) };
}

const NO_TEST = {
  pairs: 0,
  meanDifference: null,
  p: null,
  pHolm: null,
  smallestP: null,
  method: null,
  effectSize: null,
  interval: null,
  sentenceP: null,
  sentencePHolm: null,
} as const;

function seedsOf(groups: readonly (Group | undefined)[]): number[] {
  const [first, ...others] = groups.map((group) =>
    [...(group?.cells ?? []), ...(group?.missing ?? [])].map((cell) => cell.seed),
  );
  return others.reduce(intersect, first ?? []);
}

function intersect(a: readonly number[], b: readonly number[]): number[] {
  const known = new Set(b);
  return a.filter((value) => known.has(value));
}
