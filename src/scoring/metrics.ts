/** Micro-averaged precision, recall and F1 over sentences and over the subsets of a test set. */
import { type PredictionForm, readPrediction } from '../tasks/given-tuples.js';
import { taskNamed } from '../tasks/registry.js';
import type { ParsedPrediction, Tuple } from '../tasks/task.js';
import {
  type Counting,
  type DuplicateRule,
  type SubsetName,
  SUBSETS,
  type TaskName,
} from '../tasks/vocabulary.js';
import { addCounts, countFieldSentence, type Counts, countSentence, emptyCounts } from './count.js';
import { KnownTexts } from './known-texts.js';
import type { Metrics } from './types.js';

export interface ScoredRow {
  readonly sentence: string;
  /** Gold as tuples: what cannot be written in the target form counts, and is never found. */
  readonly goldTuples: readonly Tuple[];
  /** The gold target sequence; only the published count reads it. */
  readonly gold: string;
  readonly prediction: PredictionForm;
}

/** What decides a score besides the rows. */
export interface ScoringRules {
  readonly task: TaskName;
  /** The labels of the dataset; the four usual ones by default. */
  readonly polarities?: readonly string[] | undefined;
  /** `each` by default. */
  readonly duplicates?: DuplicateRule | undefined;
  /** `tuples` by default. */
  readonly counting?: Counting | undefined;
}

/** Scores of all rows together. */
export function scoreSentences(rows: readonly ScoredRow[], rules: ScoringRules): Metrics {
  const total = emptyCounts();
  for (const row of rows) addCounts(total, countRow(row, rules));
  return metricsOf(total, rules);
}

/** What a sentence is scored by, whatever is predicted. */
export type GoldOfRow = Omit<ScoredRow, 'prediction'>;

const known = new KnownTexts<Readonly<Counts>>();

/**
 * As `scoreSentences`, of a split that many cells and epochs are scored on: what was seen before is not read again.
 * @param rows must not change
 * @param texts one for each row
 */
export function scoreTexts(
  rows: readonly GoldOfRow[],
  texts: readonly string[],
  rules: ScoringRules,
): Metrics {
  const { task, duplicates, polarities, counting } = rules;
  const definition = taskNamed(task);
  const counts = known.valuesOf(rows, texts, [task, duplicates, polarities, counting], (row, text) =>
    countPrediction(row, definition.parse(text, row.sentence, polarities), rules),
  );
  const total = emptyCounts();
  for (const one of counts) addCounts(total, one);
  return metricsOf(total, rules);
}

export type SubsetRow = ScoredRow & { readonly subsets: readonly SubsetName[] };

/** Scores per subset; a subset without sentences is left out. */
export function scoreSubsets(
  rows: readonly SubsetRow[],
  rules: ScoringRules,
): Partial<Record<SubsetName, Metrics>> {
  const totals = new Map<SubsetName, Counts>();
  for (const row of rows) {
    const counts = countRow(row, rules);
    for (const subset of row.subsets) {
      let total = totals.get(subset);
      if (total === undefined) totals.set(subset, (total = emptyCounts()));
      addCounts(total, counts);
    }
  }
  const scores: Partial<Record<SubsetName, Metrics>> = {};
  for (const subset of SUBSETS) {
    const total = totals.get(subset);
    if (total !== undefined) scores[subset] = metricsOf(total, rules);
  }
  return scores;
}

/** The counts of one row; those of any selection of rows add up to its score (bootstrap). */
export function countRow(row: ScoredRow, rules: ScoringRules): Readonly<Counts> {
  const task = taskNamed(rules.task);
  return countPrediction(row, readPrediction(task, row.prediction, row.sentence, rules.polarities), rules);
}

/** The counts of a row whose prediction was read already. */
export function countPrediction(row: GoldOfRow, prediction: ParsedPrediction, rules: ScoringRules): Counts {
  const { counting = 'tuples', duplicates = 'each' } = rules;
  switch (counting) {
    case 'tuples':
      return countSentence(row.goldTuples, prediction, duplicates);
    case 'published':
      return countSentence(publishedGold(row, rules), prediction, duplicates);
    case 'field':
      return countFieldSentence(row.goldTuples, prediction);
  }
}

interface PublishedGold {
  readonly of: readonly [
    gold: string,
    sentence: string,
    task: TaskName,
    polarities: ScoringRules['polarities'],
  ];
  readonly tuples: readonly Tuple[];
}

const knownGold = new WeakMap<readonly Tuple[], PublishedGold>();

/** What the gold target reads back as: once for all predictions of a row. */
function publishedGold({ gold, sentence, goldTuples }: GoldOfRow, rules: ScoringRules): readonly Tuple[] {
  const of = [gold, sentence, rules.task, rules.polarities] as const;
  const known = knownGold.get(goldTuples);
  if (known !== undefined && known.of.every((part, index) => part === of[index])) return known.tuples;
  const { tuples } = taskNamed(rules.task).parse(gold, sentence, rules.polarities);
  knownGold.set(goldTuples, { of, tuples });
  return tuples;
}

/**
 * Figures from counts. One with nothing under it is null (published: 1, so that F1 is 1 where nothing is gold
 * and nothing predicted); F1 is 0 where nothing is right.
 */
export function metricsOf(
  counts: Readonly<Counts>,
  { duplicates = 'each', counting = 'tuples' }: Pick<ScoringRules, 'duplicates' | 'counting'>,
): Metrics {
  const overNothing = counting === 'published' ? 1 : null;
  const precision = counts.predicted === 0 ? overNothing : counts.correct / counts.predicted;
  const recall = counts.gold === 0 ? overNothing : counts.found / counts.gold;
  return {
    precision,
    recall,
    f1: harmonicMean(precision, recall),
    correct: counts.correct,
    predicted: counts.predicted,
    gold: counts.gold,
    sentences: counts.sentences,
    malformed: counts.malformed,
    duplicates,
    counting,
  };
}

function harmonicMean(precision: number | null, recall: number | null): number | null {
  if (precision === null && recall === null) return null;
  if (precision === null || recall === null || precision + recall === 0) return 0;
  return (2 * precision * recall) / (precision + recall);
}
