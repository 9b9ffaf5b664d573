/** Counting the tuples of one sentence: linear in their number. */
import { type ParsedPrediction, type Tuple, tupleKey } from '../tasks/task.js';
import type { DuplicateRule } from '../tasks/vocabulary.js';

export interface Counts {
  /** Predicted tuples found in gold. */
  correct: number;
  predicted: number;
  /** Gold tuples found in the prediction; differs from `correct` only where tuples repeat. */
  found: number;
  gold: number;
  malformed: number;
  sentences: number;
}

export function emptyCounts(): Counts {
  return { correct: 0, predicted: 0, found: 0, gold: 0, malformed: 0, sentences: 0 };
}

/** Counts of one sentence; `once` compares sets, `each` counts a repeated tuple every time. */
export function countSentence(
  gold: readonly Tuple[],
  prediction: Pick<ParsedPrediction, 'tuples' | 'malformed'>,
  duplicates: DuplicateRule,
): Counts {
  const goldKeys = gold.map(tupleKey);
  const predictedKeys = prediction.tuples.map(tupleKey);
  const goldSet = new Set(goldKeys);
  const predictedSet = new Set(predictedKeys);
  const goldCounted = duplicates === 'each' ? goldKeys : [...goldSet];
  const predictedCounted = duplicates === 'each' ? predictedKeys : [...predictedSet];
  return {
    correct: predictedCounted.filter((key) => goldSet.has(key)).length,
    predicted: predictedCounted.length,
    found: goldCounted.filter((key) => predictedSet.has(key)).length,
    gold: goldCounted.length,
    malformed: prediction.malformed,
    sentences: 1,
  };
}

/**
 * Counts as ABSA-QUAD, GAS and MvP have them: every piece is a prediction, readable or not, of words of the
 * sentence or not, and each repetition of a right tuple is a hit, also for recall, which can pass 1.
 */
export function countFieldSentence(gold: readonly Tuple[], { pieces, malformed }: ParsedPrediction): Counts {
  const goldSet = new Set(gold.map(tupleKey));
  const hits = pieces.filter(({ tuple }) => tuple !== null && goldSet.has(tupleKey(tuple))).length;
  return {
    correct: hits,
    predicted: pieces.length,
    found: hits,
    gold: gold.length,
    malformed,
    sentences: 1,
  };
}

/** Whether a prediction is right: every gold tuple found, nothing else predicted, nothing unreadable. */
export function isRight({ correct, predicted, found, gold, malformed }: Readonly<Counts>): boolean {
  return correct === predicted && found === gold && malformed === 0;
}

/** Adds `more` to `total`, in place. */
export function addCounts(total: Counts, more: Readonly<Counts>): void {
  total.correct += more.correct;
  total.predicted += more.predicted;
  total.found += more.found;
  total.gold += more.gold;
  total.malformed += more.malformed;
  total.sentences += more.sentences;
}
