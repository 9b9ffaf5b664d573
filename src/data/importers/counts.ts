/** How many of what an import has. */
import type { TaskTuple } from './project.js';

export interface ImportCounts {
  readonly sentences: number;
  readonly withoutTuples: number;
  readonly tuples: number;
  /** Repeated ones of a sentence once. */
  readonly distinctTuples: number;
  readonly implicit: { readonly terms: number; readonly opinions: number };
  readonly polarities: Readonly<Record<string, number>>;
}

export class Counter {
  #sentences = 0;
  #withoutTuples = 0;
  #tuples = 0;
  #distinctTuples = 0;
  #implicitTerms = 0;
  #implicitOpinions = 0;
  readonly #polarities = new Map<string, number>();

  add(tuples: readonly TaskTuple[]): void {
    this.#sentences++;
    this.#tuples += tuples.length;
    if (tuples.length === 0) this.#withoutTuples++;
    this.#distinctTuples += tuples.length < 2 ? tuples.length : new Set(tuples.map(keyOf)).size;
    for (const { term, opinion, polarity } of tuples) {
      if (term === null) this.#implicitTerms++;
      if (opinion === null) this.#implicitOpinions++;
      this.#polarities.set(polarity, (this.#polarities.get(polarity) ?? 0) + 1);
    }
  }

  get counts(): ImportCounts {
    return {
      sentences: this.#sentences,
      withoutTuples: this.#withoutTuples,
      tuples: this.#tuples,
      distinctTuples: this.#distinctTuples,
      implicit: { terms: this.#implicitTerms, opinions: this.#implicitOpinions },
      polarities: Object.fromEntries([...this.#polarities].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }
}

function keyOf({ term, category, opinion, polarity }: TaskTuple): string {
  return JSON.stringify([term?.text, category, opinion?.text, polarity]);
}
