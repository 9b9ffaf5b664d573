import type { Counting, DuplicateRule } from '../tasks/vocabulary.js';

/** Micro-averaged scores with the counts they come from. A figure with nothing under it is null. */
export interface Metrics {
  /** Null where nothing was predicted. */
  readonly precision: number | null;
  /** Null where nothing is gold. */
  readonly recall: number | null;
  /** Null where nothing is gold and nothing was predicted. */
  readonly f1: number | null;
  /** Predicted tuples found in the sentence's gold tuples. */
  readonly correct: number;
  /** Predicted tuples that count. */
  readonly predicted: number;
  /** Gold tuples. */
  readonly gold: number;
  readonly sentences: number;
  /** Predicted pieces that are no tuple of the task. */
  readonly malformed: number;
  readonly duplicates: DuplicateRule;
  readonly counting: Counting;
}
