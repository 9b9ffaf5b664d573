/** One annotated sentence, as every task reads it. */

/** Words of the sentence; offsets in code points, `to` exclusive. */
export interface Span {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

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
  /** One of the dataset's labels. */
  readonly polarity: string;
  /** The words of this tuple's opinion; null where it is implicit, undefined where it is not annotated. */
  readonly opinion?: Span | null;
  /** Words that say the opinion; empty where it is implied; null where the file does not say. */
  readonly opinionWords: readonly string[] | null;
}

export interface BenchmarkExample {
  readonly id: string;
  /** The review that the sentence is from, where the file says it apart from the id. */
  readonly review?: string;
  readonly sentence: string;
  readonly aspects: readonly BenchmarkAspect[];
}
