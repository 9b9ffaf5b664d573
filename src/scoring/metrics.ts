/** Micro-averaged precision, recall and F1 over sentences and over the subsets of a test set. */
import { type DuplicateRule, type SubsetName, SUBSETS, type Task } from '../tasks/vocabulary.js';
import { addCounts, type Counts, countSentence, emptyCounts } from './count.js';
import { parsePrediction } from '../tasks/parse-target.js';
import type { Metrics } from './types.js';

export interface ScoredRow {
  readonly sentence: string;
  /** The gold target sequence; it goes through the same parser as the prediction. */
  readonly gold: string;
  readonly prediction: string;
}

/** Scores of all rows together. */
export function scoreSentences(
  rows: readonly ScoredRow[],
  task: Task,
  duplicates: DuplicateRule = 'each',
): Metrics {
  const total = emptyCounts();
  for (const counts of countSentences(rows, task, duplicates)) addCounts(total, counts);
  return metricsOf(total, duplicates);
}

/** Scores per subset; a subset without sentences is left out. */
export function scoreSubsets(
  rows: readonly (ScoredRow & { readonly subsets: readonly SubsetName[] })[],
  task: Task,
  duplicates: DuplicateRule = 'each',
): Partial<Record<SubsetName, Metrics>> {
  const totals = new Map<SubsetName, Counts>();
  for (const [index, counts] of countSentences(rows, task, duplicates).entries()) {
    for (const subset of rows[index]?.subsets ?? []) {
      let total = totals.get(subset);
      if (total === undefined) totals.set(subset, (total = emptyCounts()));
      addCounts(total, counts);
    }
  }
  const scores: Partial<Record<SubsetName, Metrics>> = {};
  for (const subset of SUBSETS) {
    const total = totals.get(subset);
    if (total !== undefined) scores[subset] = metricsOf(total, duplicates);
  }
  return scores;
}

/** The counts of every row, which add up to the score of any selection of them (bootstrap). */
export function countSentences(
  rows: readonly ScoredRow[],
  task: Task,
  duplicates: DuplicateRule = 'each',
): Counts[] {
  return rows.map((row) =>
    countSentence(
      parsePrediction(row.gold, row.sentence, task).pairs,
      parsePrediction(row.prediction, row.sentence, task),
      duplicates,
    ),
  );
}

/** Precision or recall is 1 where nothing was predicted or nothing is gold; F1 is 0 where both are 0. */
export function metricsOf(counts: Readonly<Counts>, duplicates: DuplicateRule): Metrics {
  const precision = counts.predicted === 0 ? 1 : counts.correct / counts.predicted;
  const recall = counts.gold === 0 ? 1 : counts.found / counts.gold;
  return {
    precision,
    recall,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    correct: counts.correct,
    predicted: counts.predicted,
    gold: counts.gold,
    sentences: counts.sentences,
    malformed: counts.malformed,
    duplicates,
  };
}
