import type { DuplicateRule } from '../tasks/vocabulary.js';

/** Micro-averaged scores with the counts they come from. */
export interface Metrics {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Predicted pairs found in the sentence's gold pairs. */
  readonly correct: number;
  /** Predicted pairs that parse. */
  readonly predicted: number;
  /** Gold pairs. */
  readonly gold: number;
  readonly sentences: number;
  /** Predicted pieces that do not parse as a pair. */
  readonly malformed: number;
  readonly duplicates: DuplicateRule;
}
