/** What an analysis sees in one sentence: which tuples are right, why the others are not, and what they name. */
import type { ParsedPiece, ParsedPrediction, TaskDefinition, Tuple } from '../../tasks/task.js';
import { tupleKey } from '../../tasks/task.js';
import type { ElementName } from '../../tasks/vocabulary.js';
import { countKeyed, type Counts, emptyCounts, KeyedTuples, keyGold } from '../count.js';
import type { ScoringRules } from '../metrics.js';
import { type Cause, explainSentence } from './causes.js';
import { labelPairs, labelsByThing, type LabelsByThing } from './label-pairs.js';
import type { Named } from './marks.js';
import { formOf, partsOf, projectTuple } from './parts.js';
import { NamedCounts } from './tallies.js';

/** One sentence, worked out once for all the subsets it is in. */
export interface Sentence {
  readonly amount: 'none' | 'one' | 'several';
  readonly wrong: readonly Cause[];
  readonly missed: readonly Cause[];
  readonly byPolarity: readonly Named[];
  readonly byCategory: readonly Named[];
  readonly byForm: readonly Named[];
  readonly counts: Counts;
  readonly parts: readonly Named[];
  readonly pairs: readonly (readonly [gold: string, predicted: string])[];
}

/** What an analysis sees in one row. */
export function lookAt(
  task: TaskDefinition,
  allGold: readonly Tuple[],
  prediction: ParsedPrediction,
  { duplicates = 'each' }: ScoringRules,
): Sentence {
  const once = duplicates === 'once';
  const { gold, parts: wanted, labels } = lookAtGold(task, allGold, once);
  const predicted = new KeyedTuples(once ? distinct(prediction.tuples) : prediction.tuples);
  const pieces = once ? distinctPieces(prediction.pieces) : prediction.pieces;
  const explained = explainSentence(task, gold.tuples, pieces);
  const { size } = gold.distinct;
  return {
    amount: size === 0 ? 'none' : size === 1 ? 'one' : 'several',
    wrong: explained.pieces.filter((cause) => cause !== null),
    missed: explained.gold.filter((cause) => cause !== null),
    ...tallyTuples(task, gold, predicted),
    counts: countKeyed(gold, predicted, prediction.malformed, duplicates),
    parts: wanted.map(
      ({ part, name, tuples }) =>
        [name, countKeyed(tuples, projectAll(predicted.tuples, part), 0, 'once')] as const,
    ),
    pairs: labelPairs(labels, predicted.tuples),
  };
}

/** Equal tuples have the same label, category and form: each side is counted where it belongs, gold first. */
function tallyTuples(
  task: TaskDefinition,
  gold: KeyedTuples,
  predicted: KeyedTuples,
): Pick<Sentence, 'byPolarity' | 'byCategory' | 'byForm'> {
  const sums: Sums = {
    byPolarity: new NamedCounts(),
    byCategory: new NamedCounts(),
    byForm: new NamedCounts(),
  };
  for (const [index, tuple] of gold.tuples.entries()) {
    const isFound = predicted.has(gold.keys[index] as string);
    addTuple(sums, task, tuple, isFound ? FOUND_GOLD : MISSED_GOLD);
  }
  for (const [index, tuple] of predicted.tuples.entries()) {
    const isCorrect = gold.has(predicted.keys[index] as string);
    addTuple(sums, task, tuple, isCorrect ? CORRECT : WRONG);
  }
  const { byPolarity, byCategory, byForm } = sums;
  return { byPolarity: byPolarity.list(), byCategory: byCategory.list(), byForm: byForm.list() };
}

type Sums = Readonly<Record<'byPolarity' | 'byCategory' | 'byForm', NamedCounts>>;

const MISSED_GOLD: Readonly<Counts> = { ...emptyCounts(), gold: 1 };
const FOUND_GOLD: Readonly<Counts> = { ...MISSED_GOLD, found: 1 };
const WRONG: Readonly<Counts> = { ...emptyCounts(), predicted: 1 };
const CORRECT: Readonly<Counts> = { ...WRONG, correct: 1 };

function addTuple(sums: Sums, { implicit }: TaskDefinition, tuple: Tuple, counts: Readonly<Counts>): void {
  const { polarity, category } = tuple;
  const form = formOf(tuple, implicit);
  if (polarity != null) sums.byPolarity.add(polarity, counts);
  if (category != null) sums.byCategory.add(category, counts);
  if (form !== null) sums.byForm.add(form, counts);
}

/** What an analysis asks of the gold of a sentence, whatever is predicted. */
interface GoldSide {
  readonly gold: KeyedTuples;
  readonly parts: readonly {
    readonly part: readonly ElementName[];
    readonly name: string;
    readonly tuples: KeyedTuples;
  }[];
  readonly labels: LabelsByThing;
}

const goldSides = new WeakMap<readonly Tuple[], Map<string, GoldSide>>();

/** Once for all seeds and models that are measured on a dataset. */
function lookAtGold(task: TaskDefinition, allGold: readonly Tuple[], once: boolean): GoldSide {
  let sides = goldSides.get(allGold);
  if (sides === undefined) goldSides.set(allGold, (sides = new Map<string, GoldSide>()));
  const rule = `${task.name} ${once ? 'once' : 'each'}`;
  const known = sides.get(rule);
  if (known !== undefined) return known;
  const gold = keyGold(once ? distinct(allGold) : allGold);
  const parts = partsOf(task.elements).map((part) => ({
    part,
    name: part.join(' + '),
    tuples: projectAll(gold.tuples, part),
  }));
  const side = { gold, parts, labels: labelsByThing(gold.tuples) };
  sides.set(rule, side);
  return side;
}

function projectAll(tuples: readonly Tuple[], part: readonly ElementName[]): KeyedTuples {
  return new KeyedTuples(tuples.map((tuple) => projectTuple(tuple, part)));
}

/** Tuples that count, once each, and all other pieces. */
function distinctPieces(pieces: readonly ParsedPiece[]): ParsedPiece[] {
  const seen = new Set<string>();
  return pieces.filter(({ tuple, inSentence }) => {
    if (tuple === null || !inSentence) return true;
    return !seen.has(tupleKey(tuple)) && seen.add(tupleKey(tuple));
  });
}

function distinct(tuples: readonly Tuple[]): Tuple[] {
  return [...new Map(tuples.map((tuple) => [tupleKey(tuple), tuple])).values()];
}
