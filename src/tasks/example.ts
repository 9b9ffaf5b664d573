/** One annotated sentence, as every task reads it. */
import type { Polarity } from './vocabulary.js';

export interface BenchmarkAspect {
  /** Null where the aspect has no words of its own in the sentence. */
  readonly term: string | null;
  /** Offsets of the term in characters; 0 where the file has null. */
  readonly from: number;
  readonly to: number;
  /** The offsets as the file has them; the published order compares strings as strings. */
  readonly fromRaw: string | number | null;
  readonly toRaw: string | number | null;
  /** `LAPTOP#GENERAL`; null in files of terms. */
  readonly category: string | null;
  readonly polarity: Polarity;
  /** Words that say the opinion; empty where it is implied; null where the file does not say. */
  readonly opinionWords: readonly string[] | null;
}

export interface BenchmarkExample {
  readonly id: string;
  readonly sentence: string;
  readonly aspects: readonly BenchmarkAspect[];
}
