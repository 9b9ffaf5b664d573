/** What `zeroshot` takes and gives. */
import type { SentimentClass } from '../../data/reviews/labelled.js';
import type { ClassScores } from '../../scoring/classification.js';
import type { PairedTest } from '../../scoring/paired-test.js';
import type { VerdictRule } from '../../teacher/reading/strengths.js';
import type { RunOptions } from '../run/options.js';

export type ZeroshotOptions = RunOptions;

/** Something that gives each row a class. */
export interface ZeroshotSystem extends ClassScores {
  readonly name: string;
  readonly kind: 'student' | 'floor' | 'answers' | 'llm' | 'most frequent';
  readonly seconds: number | null;
  /** US dollars; null where nothing is paid or no price is known. */
  readonly usd: number | null;
}

/** Whether two systems differ, row by row. */
export interface ZeroshotTest extends PairedTest {
  readonly first: string;
  readonly second: string;
}

export interface ZeroshotResult {
  readonly folder: string;
  readonly level: 'text' | 'term';
  readonly rule: 'score' | 'read';
  readonly classes: readonly SentimentClass[];
  readonly rows: number;
  /** Rows without a label, without a text, or without the answer that was asked for. */
  readonly leftOut: number;
  readonly systems: readonly ZeroshotSystem[];
  /** Every student against every other system: accuracy of the first minus that of the second. */
  readonly tests: readonly ZeroshotTest[];
  /** What other ways to read the stored answers would give; empty where there are none. */
  readonly verdictRules: readonly {
    readonly rule: VerdictRule;
    readonly right: number;
    readonly accuracy: number;
    readonly balancedAccuracy: number;
  }[];
  readonly seconds: number;
}
