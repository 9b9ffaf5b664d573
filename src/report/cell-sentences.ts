/** The test sentences of a cell as counts: what resampling needs of predictions. */
import type { PredictionLine } from '../runs/types.js';
import type { Counts } from '../scoring/count.js';
import type { ScoringRules } from '../scoring/metrics.js';
import type { SubsetName } from '../tasks/vocabulary.js';
import { countLine } from './prediction-diff.js';

export interface CountedSentence {
  readonly id: string;
  readonly review?: string | undefined;
  readonly subsets: readonly SubsetName[];
  readonly counts: Readonly<Counts>;
}

/** In the order of the test set; cells share the objects of lines that they share. */
export type CellSentences = readonly CountedSentence[];

export function countedSentence(rules: ScoringRules, line: PredictionLine): CountedSentence {
  return { id: line.id, review: line.review, subsets: line.subsets, counts: countLine(rules, line) };
}
