/** Counting the pairs of one sentence: linear in their number. */
import type { DuplicateRule } from '../tasks/vocabulary.js';
import type { Pair } from '../tasks/parse-target.js';

export interface Counts {
  /** Predicted pairs found in gold. */
  correct: number;
  predicted: number;
  /** Gold pairs found in the prediction; differs from `correct` only where pairs repeat. */
  found: number;
  gold: number;
  malformed: number;
  sentences: number;
}

export function emptyCounts(): Counts {
  return { correct: 0, predicted: 0, found: 0, gold: 0, malformed: 0, sentences: 0 };
}

/** Counts of one sentence; `once` compares sets, `each` counts a repeated pair every time. */
export function countSentence(
  gold: readonly Pair[],
  prediction: { readonly pairs: readonly Pair[]; readonly malformed: number },
  duplicates: DuplicateRule,
): Counts {
  const goldKeys = gold.map(keyOf);
  const predictedKeys = prediction.pairs.map(keyOf);
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

/** The polarity first: it never holds a separator, so no two pairs share a key. */
function keyOf(pair: Pair): string {
  return `${pair.polarity}|${pair.aspect}`;
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
