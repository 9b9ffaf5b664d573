/** How many of what an import has. */
import type { TaskTuple } from './project.js';

export interface PartCounts {
  readonly sentences: number;
  readonly withoutTuples: number;
  readonly tuples: number;
  readonly polarities: Readonly<Record<string, number>>;
}

export interface ImportCounts extends PartCounts {
  /** Repeated ones of a sentence once. */
  readonly distinctTuples: number;
  readonly implicit: { readonly terms: number; readonly opinions: number };
}

/** Counts of a part, by the labels of each of its rows. */
export class PartCounter {
  #sentences = 0;
  #withoutTuples = 0;
  readonly #tuples: number[];

  constructor(private readonly labels: readonly string[]) {
    this.#tuples = labels.map(() => 0);
  }

  addRow(isEmpty: boolean): void {
    this.#sentences++;
    if (isEmpty) this.#withoutTuples++;
  }

  /** @param label its number among the labels */
  addTuple(label: number): void {
    this.#tuples[label] = (this.#tuples[label] ?? 0) + 1;
  }

  get counts(): PartCounts {
    const named = this.labels.map((label, at): [string, number] => [label, this.#tuples[at] ?? 0]);
    const polarities = named.filter(([, count]) => count > 0).sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      sentences: this.#sentences,
      withoutTuples: this.#withoutTuples,
      tuples: this.#tuples.reduce((sum, count) => sum + count, 0),
      polarities: Object.fromEntries(polarities),
    };
  }
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
