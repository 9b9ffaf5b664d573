/** What stands behind a score: who gets it right where, and why not. Exact, in one pass over the sentences. */
import { readPrediction } from '../../tasks/given-tuples.js';
import { taskNamed } from '../../tasks/registry.js';
import type { ParsedPrediction, TaskDefinition, Tuple } from '../../tasks/task.js';
import { tupleKey } from '../../tasks/task.js';
import { type ElementName, type SubsetName, SUBSETS } from '../../tasks/vocabulary.js';
import { countKeyed, type Counts, emptyCounts, keyGold, type KeyedTuples, keyTuples } from '../count.js';
import type { ScoringRules, SubsetRow } from '../metrics.js';
import { type Cause, explainSentence } from './causes.js';
import { labelPairs, labelsByThing, type LabelsByThing } from './label-pairs.js';
import { formOf, partsOf, projectTuple } from './parts.js';
import { type AmountCounts, NamedCounts, NamedNumbers, type PartCounts } from './tallies.js';

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

/** The analysis of each subset that has sentences. */
export function analyseSubsets(
  rows: readonly SubsetRow[],
  rules: ScoringRules,
): Partial<Record<SubsetName, Analysis>> {
  const task = taskNamed(rules.task);
  return tallySubsets(rows, (index) => {
    const row = rows[index] as SubsetRow;
    const prediction = readPrediction(task, row.prediction, row.sentence, rules.polarities);
    return lookAt(task, row.goldTuples, prediction, rules);
  });
}

/** The analysis of each subset from what was seen in each row. */
export function tallySubsets(
  rows: readonly Pick<SubsetRow, 'subsets'>[],
  sentenceOf: (index: number) => Sentence,
): Partial<Record<SubsetName, Analysis>> {
  const found = new Map<SubsetName, Analyser>();
  for (const [index, row] of rows.entries()) {
    const sentence = sentenceOf(index);
    for (const subset of row.subsets) {
      let analyser = found.get(subset);
      if (analyser === undefined) found.set(subset, (analyser = new Analyser()));
      analyser.add(sentence);
    }
  }
  const entries = SUBSETS.flatMap((subset) => {
    const analyser = found.get(subset);
    return analyser === undefined ? [] : [[subset, analyser.analysis] as const];
  });
  return Object.fromEntries(entries);
}

/** One sentence, worked out once for all the subsets it is in. */
export interface Sentence {
  readonly amount: 'none' | 'one' | 'several';
  readonly wrong: readonly Cause[];
  readonly missed: readonly Cause[];
  readonly byPolarity: readonly NamedTally[];
  readonly byCategory: readonly NamedTally[];
  readonly byForm: readonly NamedTally[];
  readonly counts: Counts;
  readonly parts: readonly NamedTally[];
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
  const predicted = keyTuples(once ? distinct(prediction.tuples) : prediction.tuples);
  const seen = new Set<string>();
  const pieces = prediction.pieces.filter(({ tuple, inSentence }) => {
    if (!once || tuple === null || !inSentence) return true;
    return !seen.has(tupleKey(tuple)) && seen.add(tupleKey(tuple));
  });
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

type NamedTally = readonly [name: string, counts: Readonly<Counts>];

/** Equal tuples have the same label, category and form: each side is counted where it belongs, gold first. */
function tallyTuples(
  task: TaskDefinition,
  gold: KeyedTuples,
  predicted: KeyedTuples,
): Pick<Sentence, 'byPolarity' | 'byCategory' | 'byForm'> {
  const [polarities, categories, forms] = [new NamedCounts(), new NamedCounts(), new NamedCounts()];
  const add = (tuple: Tuple, more: Partial<Counts>): void => {
    const counts = { ...emptyCounts(), ...more };
    const form = formOf(tuple, task.implicit);
    if (tuple.polarity != null) polarities.add(tuple.polarity, counts);
    if (tuple.category != null) categories.add(tuple.category, counts);
    if (form !== null) forms.add(form, counts);
  };
  for (const [index, tuple] of gold.tuples.entries())
    add(tuple, { gold: 1, found: Number(predicted.distinct.has(gold.keys[index] as string)) });
  for (const [index, tuple] of predicted.tuples.entries())
    add(tuple, { predicted: 1, correct: Number(gold.distinct.has(predicted.keys[index] as string)) });
  return { byPolarity: polarities.list(), byCategory: categories.list(), byForm: forms.list() };
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
  return keyTuples(tuples.map((tuple) => projectTuple(tuple, part)));
}

class Analyser {
  readonly #wrong = new NamedNumbers();
  readonly #missed = new NamedNumbers();
  readonly #byPolarity = new NamedCounts();
  readonly #byCategory = new NamedCounts();
  readonly #byForm = new NamedCounts();
  readonly #byAmount = new NamedCounts();
  readonly #parts = new NamedCounts();
  readonly #pairs = new Map<string, NamedNumbers>();

  add(sentence: Sentence): void {
    for (const cause of sentence.wrong) this.#wrong.add(cause);
    for (const cause of sentence.missed) this.#missed.add(cause);
    for (const [polarity, counts] of sentence.byPolarity) this.#byPolarity.add(polarity, counts);
    for (const [category, counts] of sentence.byCategory) this.#byCategory.add(category, counts);
    for (const [form, counts] of sentence.byForm) this.#byForm.add(form, counts);
    this.#byAmount.add(sentence.amount, sentence.counts);
    for (const [part, counts] of sentence.parts) this.#parts.add(part, counts);
    for (const [gold, predicted] of sentence.pairs) {
      let row = this.#pairs.get(gold);
      if (row === undefined) this.#pairs.set(gold, (row = new NamedNumbers()));
      row.add(predicted);
    }
  }

  get analysis(): Analysis {
    const causes = (numbers: NamedNumbers): CauseCount[] =>
      numbers.list().map(([cause, count]) => ({ cause: cause as Cause, count }));
    return {
      wrong: causes(this.#wrong),
      missed: causes(this.#missed),
      byPolarity: this.#byPolarity.parts(),
      byCategory: this.#byCategory.parts(),
      byForm: this.#byForm.parts(),
      byAmount: this.#byAmount.amounts(),
      parts: this.#parts.parts(),
      polarityPairs: [...this.#pairs].flatMap(([gold, row]) =>
        row.list().map(([predicted, count]) => ({ gold, predicted, count })),
      ),
    };
  }
}

function distinct(tuples: readonly Tuple[]): Tuple[] {
  return [...new Map(tuples.map((tuple) => [tupleKey(tuple), tuple])).values()];
}
