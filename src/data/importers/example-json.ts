/** A row in the benchmark's JSON form. */
import type { TaskTuple } from './project.js';

export function exampleJson(id: string, sentence: string, tuples: readonly TaskTuple[]): string {
  return JSON.stringify({ ID: id, sentence, aspects: tuples.map(aspectOf) });
}

function aspectOf({ term, category, opinion, polarity }: TaskTuple): object {
  return {
    ...(term === undefined
      ? {}
      : { target: term?.text ?? null, from: term?.from ?? null, to: term?.to ?? null }),
    ...(category === undefined ? {} : { category }),
    polarity,
    ...(opinion === undefined ? {} : { opinion }),
  };
}
