/** The words of the benchmark, shared by every room that handles gold labels or scores. */

export const TASKS = ['atsa', 'acsa'] as const;
/** `atsa`: aspect term and polarity; `acsa`: aspect category and polarity. */
export type Task = (typeof TASKS)[number];

export const POLARITIES = ['positive', 'neutral', 'negative', 'conflict'] as const;
export type Polarity = (typeof POLARITIES)[number];

export const SUBSETS = ['all', 'test', 'hard', 'implicit', 'multiple'] as const;
/** A part of the test set; `all` is test.json followed by hard_test.json. */
export type SubsetName = (typeof SUBSETS)[number];

/** How often a repeated predicted pair counts: `each` time (the published metric) or `once` per sentence. */
export type DuplicateRule = 'each' | 'once';

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
