/** The sentences that say how the numbers came about, the same in every format. */
import type { DuplicateRule } from '../tasks/vocabulary.js';
import { count } from './format.js';
import type { DifferenceTable, SampledInterval, TaskReport } from './types.js';

/** The number of seeds that all means of a table share; null where they differ. */
export function commonSeeds(task: TaskReport): number | null {
  const done = task.rows.flatMap((row) =>
    row.cells.flatMap(({ f1 }) => (f1.mean === null ? [] : [f1.seedsDone])),
  );
  return theOnly(done);
}

/** The number of pairs that all differences of a table share; null where they differ. */
export function commonPairs(table: DifferenceTable): number | null {
  const pairs = table.rows.flatMap((row) =>
    row.cells.flatMap((cell) => (cell.meanDifference === null ? [] : [cell.pairs])),
  );
  return theOnly(pairs);
}

function theOnly(values: readonly number[]): number | null {
  const [first] = values;
  return first !== undefined && values.every((value) => value === first) ? first : null;
}

export function scoreNote(task: TaskReport): string {
  const n = commonSeeds(task);
  if (n === 1) return 'Micro F1 in points (F1 × 100) of one seed: nothing is known about the spread.';
  const over = n === null ? 'n seeds' : `${count(n, 'seed')} (n = ${n})`;
  return `Micro F1 in points (F1 × 100): mean ± sample standard deviation over ${over}.`;
}

const RULES: Readonly<Record<DuplicateRule, string>> = {
  each: 'a repeated pair counts each time (rule: each)',
  once: 'a repeated pair counts once per sentence (rule: once)',
};

export function ruleNote(rules: readonly DuplicateRule[]): string {
  if (rules.length === 0) return 'No cell is finished yet.';
  return `Where a prediction repeats itself, ${rules.map((rule) => RULES[rule]).join('; elsewhere ')}.`;
}

/** The tests in words, with what so few seeds cannot show. */
export function differenceNote(table: DifferenceTable): string {
  const shown = table.rows.flatMap((row) => row.cells.filter((cell) => cell.p !== null));
  const methods = [...new Set(shown.map((cell) => cell.method))].sort().join(' or ');
  const smallest = new Map(shown.map((cell) => [cell.pairs, cell.smallestP ?? 1]));
  const limits = [...smallest]
    .filter(([, p]) => p > 0.05)
    .sort(([a], [b]) => a - b)
    .map(
      ([pairs, p]) =>
        `with ${count(pairs, 'seed')} p cannot go below ${Number(p.toPrecision(3))}${table.tests > 1 ? ', before its adjustment' : ''}`,
    );
  const n = commonPairs(table);
  const over = n === 1 ? 'the one seed' : n === null ? 'the n seeds' : `the ${count(n, 'seed')} (n = ${n})`;
  return [
    n === 1 && table.sentenceTests === 0
      ? `Difference in points to ${table.baseline}, for the one seed that both models have: no test.`
      : `Mean difference in points to ${table.baseline} over ${over} that both models have.`,
    ...(table.tests > 0
      ? [`p over seeds: a two-sided paired sign-flip test${methods === '' ? '' : ` (${methods})`}.`]
      : []),
    ...(limits.length > 0 ? [`Mind that ${limits.join(', and ')}.`] : []),
    ...sentenceNotes(table),
    ...holmNotes(table),
  ].join(' ');
}

function sentenceNotes(table: DifferenceTable): string[] {
  const intervals = table.rows.flatMap((row) => row.cells.flatMap(({ interval }) => interval ?? []));
  const [first] = intervals;
  if (first === undefined) return [];
  return [
    `[95 % interval]${table.tests > 0 ? ', and the p after the slash' : ' and p'}: paired bootstrap, ` +
      `${drawnUnits(intervals)} drawn ${first.samples.toLocaleString('en')} times for both models and all seeds.`,
  ];
}

function holmNotes({ tests, sentenceTests, family }: DifferenceTable): string[] {
  if (Math.max(tests, sentenceTests) < 2) return [];
  const counts = [
    ...(tests > 0 ? [`${count(tests, 'test')} over seeds`] : []),
    ...(sentenceTests > 0 ? [`${count(sentenceTests, 'test')} over sentences`] : []),
  ];
  return [`p is adjusted by Holm's method over ${family}: ${counts.join(', ')}.`];
}

/** What the intervals of a table of scores are; null where there are none. */
export function intervalNote(task: TaskReport): string | null {
  const intervals = task.rows.flatMap((row) => row.cells.flatMap(({ interval }) => interval ?? []));
  const [first] = intervals;
  if (first === undefined) return null;
  return (
    `[95 % interval] of the mean: ${drawnUnits(intervals)} of the test set drawn ` +
    `${first.samples.toLocaleString('en')} times. It is what another test set of this kind might give.`
  );
}

const UNITS: Readonly<Record<SampledInterval['unit'], string>> = {
  review: 'reviews (with all their sentences)',
  sentence: 'sentences (those of one review taken as independent)',
};

/** What was drawn; where it is sentences, nothing is known of their reviews. */
function drawnUnits(intervals: readonly SampledInterval[]): string {
  const units = [...new Set(intervals.map(({ unit }) => unit))].sort();
  return units.map((unit) => UNITS[unit]).join(' or ');
}
