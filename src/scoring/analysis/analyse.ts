/** What stands behind a score: who gets it right where, and why not. Exact, in one pass over the sentences. */
import { readPrediction } from '../../tasks/given-tuples.js';
import { taskNamed } from '../../tasks/registry.js';
import type { SubsetName } from '../../tasks/vocabulary.js';
import { type Counts, emptyCounts } from '../count.js';
import type { ScoringRules, SubsetRow } from '../metrics.js';
import type { Cause } from './causes.js';
import { addMark, type Named, Names } from './marks.js';
import { lookAt, type Sentence } from './sentence.js';
import { tallySubsets } from './subset-tallies.js';
import { type AmountCounts, amountOf, type PartCounts, partOf } from './tallies.js';

export interface CauseCount {
  readonly cause: Cause;
  readonly count: number;
}

export interface LabelPair {
  readonly gold: string;
  readonly predicted: string;
  readonly count: number;
}

/** Of one set of sentences. Lists hold what occurs, in the order of the task or of the first occurrence. */
export interface Analysis {
  /**
   * Pieces of predictions that are not right. Without `malformed` they add up to the false positives,
   * `predicted` less `correct`; `malformed` is that of the score.
   */
  readonly wrong: readonly CauseCount[];
  /** Gold tuples that were not found; they add up to the false negatives. */
  readonly missed: readonly CauseCount[];
  readonly byPolarity: readonly PartCounts[];
  /** Empty where the task has no categories. */
  readonly byCategory: readonly PartCounts[];
  /** Tuples by which of their elements are implicit; empty where none may be. */
  readonly byForm: readonly PartCounts[];
  /** Sentences with no, one and several gold tuples. */
  readonly byAmount: readonly AmountCounts[];
  /** Every proper part of the tuple, such as the term alone, compared as sets. */
  readonly parts: readonly PartCounts[];
  /** The label given where everything else in the tuple is right. */
  readonly polarityPairs: readonly LabelPair[];
}

/** The analysis of each subset that has sentences. @param rows must not change */
export function analyseSubsets(
  rows: readonly SubsetRow[],
  rules: ScoringRules,
): Partial<Record<SubsetName, Analysis>> {
  const task = taskNamed(rules.task);
  const names = new Names<keyof Analysis>();
  const marks = rows.map((row) => {
    const prediction = readPrediction(task, row.prediction, row.sentence, rules.polarities);
    return marksOf(lookAt(task, row.goldTuples, prediction, rules), names);
  });
  const tallies = [...tallySubsets(rows, marks, names)];
  return Object.fromEntries(tallies.map(([subset, { lists }]) => [subset, analysisOf(lists)]));
}

/** What a sentence adds to an analysis. */
export function marksOf(sentence: Sentence, names: Pick<Names<keyof Analysis>, 'numberOf'>): number[] {
  const marks: number[] = [];
  for (const cause of sentence.wrong) addMark(marks, names.numberOf('wrong', cause), ONE_PREDICTED);
  for (const cause of sentence.missed) addMark(marks, names.numberOf('missed', cause), ONE_GOLD);
  for (const list of COUNTED)
    for (const [name, counts] of sentence[list]) addMark(marks, names.numberOf(list, name), counts);
  addMark(marks, names.numberOf('byAmount', sentence.amount), sentence.counts);
  for (const pair of sentence.pairs)
    addMark(marks, names.numberOf('polarityPairs', JSON.stringify(pair)), ONE_PREDICTED);
  return marks;
}

const COUNTED = ['byPolarity', 'byCategory', 'byForm', 'parts'] as const;
const ONE_PREDICTED: Readonly<Counts> = { ...emptyCounts(), predicted: 1 };
const ONE_GOLD: Readonly<Counts> = { ...emptyCounts(), gold: 1 };

/** The analysis of what `marksOf` gave for each sentence. @param lists of their tally */
export function analysisOf(lists: {
  readonly get: (list: keyof Analysis) => readonly Named[] | undefined;
}): Analysis {
  const parts = (list: keyof Analysis): PartCounts[] => (lists.get(list) ?? []).map(partOf);
  const causes = (list: 'wrong' | 'missed', counted: 'predicted' | 'gold'): CauseCount[] =>
    (lists.get(list) ?? []).map(([cause, counts]) => ({ cause: cause as Cause, count: counts[counted] }));
  return {
    wrong: causes('wrong', 'predicted'),
    missed: causes('missed', 'gold'),
    byPolarity: parts('byPolarity'),
    byCategory: parts('byCategory'),
    byForm: parts('byForm'),
    byAmount: (lists.get('byAmount') ?? []).map(amountOf),
    parts: parts('parts'),
    polarityPairs: pairsOf(lists.get('polarityPairs') ?? []),
  };
}

/** Those of one gold label stand together. */
function pairsOf(counted: readonly Named[]): LabelPair[] {
  const byGold = new Map<string, LabelPair[]>();
  for (const [pair, { predicted: count }] of counted) {
    const [gold, predicted] = JSON.parse(pair) as [string, string];
    const pairs = byGold.get(gold);
    if (pairs === undefined) byGold.set(gold, [{ gold, predicted, count }]);
    else pairs.push({ gold, predicted, count });
  }
  return [...byGold.values()].flat();
}
