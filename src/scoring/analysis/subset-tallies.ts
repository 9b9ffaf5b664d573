/** Sums of what rows add by the subsets they are in. Rows of the same subsets are added up together, and then the sums. */
import { type SubsetName, SUBSETS } from '../../tasks/vocabulary.js';
import { type Marks, type Names, Tally } from './marks.js';

type Rows = readonly { readonly subsets: readonly SubsetName[] }[];

/**
 * @param rows must not change
 * @param marks of each row
 * @param names all that are in the marks
 * @returns a sum for each subset that has rows
 */
export function tallySubsets<List extends string>(
  rows: Rows,
  marks: readonly Marks[],
  names: Names<List>,
): ReadonlyMap<SubsetName, Tally<List>> {
  const { groups, groupOf } = groupingOf(rows);
  const tallies = groups.map(() => new Tally(names));
  let turn = 0;
  for (const [index, one] of marks.entries()) {
    (tallies[groupOf[index] as number] as Tally<List>).add(one, turn);
    turn += one.length;
  }
  const sums = new Map<SubsetName, Tally<List>>();
  for (const subset of SUBSETS) {
    const parts = tallies.filter((_, group) => groups[group]?.includes(subset));
    if (parts.length === 0) continue;
    const sum = new Tally(names);
    for (const part of parts) sum.addAll(part);
    sums.set(subset, sum);
  }
  return sums;
}

interface Grouping {
  /** Each the subsets of its rows. */
  readonly groups: readonly (readonly SubsetName[])[];
  /** By row. */
  readonly groupOf: readonly number[];
}

const knownGroupings = new WeakMap<Rows, Grouping>();

/** Once for all cells of a test set. */
function groupingOf(rows: Rows): Grouping {
  let grouping = knownGroupings.get(rows);
  if (grouping === undefined) knownGroupings.set(rows, (grouping = groupRows(rows)));
  return grouping;
}

function groupRows(rows: Rows): Grouping {
  const groups: (readonly SubsetName[])[] = [];
  const numbers = new Map<string, number>();
  const groupOf = rows.map(({ subsets }) => {
    const key = subsets.join();
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, groups.length);
    return groups.push(subsets) - 1;
  });
  return { groups, groupOf };
}
