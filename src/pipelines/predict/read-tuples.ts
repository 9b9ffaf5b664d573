/** A student's text as the tuples of one sentence. */
import { taskNamed } from '../../tasks/registry.js';
import type { Tuple } from '../../tasks/task.js';
import type { TaskName } from '../../tasks/vocabulary.js';
import { findSpans, type Span } from './spans.js';

/** A tuple of the task; null is implicit. `from` and `to` where the term stands in the sentence, in characters. */
export type PredictedTuple = Tuple & { readonly polarity: string } & Partial<Span>;

export interface ReadTuples {
  readonly tuples: readonly PredictedTuple[];
  /** Pieces of the text that are no tuple. */
  readonly malformed: number;
}

/**
 * The tuples that a text names, with their places. F1 as it was published takes an empty term for one that stands in
 * every sentence; who asks for terms has no use for it, so here such a piece is malformed.
 */
export function readTuples(
  task: TaskName,
  text: string,
  sentence: string,
  polarities: readonly string[],
): ReadTuples {
  const parsed = taskNamed(task).parse(text, sentence, polarities);
  const named = parsed.tuples.filter((tuple) => !Object.values(tuple).includes(''));
  const spans = findSpans(named, sentence);
  return {
    tuples: named.map((tuple, index) => ({ ...tuple, polarity: tuple.polarity ?? '', ...spans[index] })),
    malformed: parsed.malformed + parsed.tuples.length - named.length,
  };
}
