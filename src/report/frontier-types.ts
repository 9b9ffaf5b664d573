/** What quality costs, as every writer shows it. */
import type { Task } from '../tasks/vocabulary.js';

export interface FrontierPoint {
  readonly model: string;
  readonly kind: 'student' | 'language model';
  /** Mean F1 on all test sentences, in points. */
  readonly f1: number;
  /** Of the mean F1, over sentences; null where their counts are not known. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly secondsPerThousand: number | null;
  /** US dollars: by the token, or by the hour of the hardware; null where neither is known. */
  readonly usdPerThousand: number | null;
  readonly tokensPerThousand: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /** Share of sentences whose prediction has a piece that is no tuple, of all pieces. */
  readonly malformedShare: number | null;
  /** Test sentences that its figures were measured on; those for a thousand are scaled from them. */
  readonly sentences: number;
  /** Models that are at least as good for less money, or as little; and in less time. */
  readonly cheaper: readonly string[];
  readonly faster: readonly string[];
}

export interface Frontier {
  readonly task: Task;
  readonly dataset: string;
  /** US dollars an hour of the machine that the models ran on; null where none was named. */
  readonly hardwarePricePerHour: number | null;
  readonly points: readonly FrontierPoint[];
  /** What the figures cannot say, first; then who is dominated, in a sentence each. */
  readonly words: readonly string[];
}

/** Below this, what a thousand sentences take is a guess from a few, and F1 too. */
export const FEW_SENTENCES = 200;
