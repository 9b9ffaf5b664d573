/** Sums by name, in the order in which names come up. */
import { addCounts, type Counts, emptyCounts } from '../count.js';

export class NamedNumbers {
  readonly #known = new Map<string, number>();

  add(name: string, by = 1): void {
    this.#known.set(name, (this.#known.get(name) ?? 0) + by);
  }

  list(): [name: string, count: number][] {
    return [...this.#known];
  }
}

/** Counts of a part of the tuples: those of a category, those with an implicit term. */
export interface PartCounts {
  readonly name: string;
  readonly correct: number;
  readonly predicted: number;
  readonly found: number;
  readonly gold: number;
}

export interface AmountCounts extends PartCounts {
  readonly sentences: number;
}

export class NamedCounts {
  readonly #known = new Map<string, Counts>();

  add(name: string, counts: Readonly<Counts>): void {
    let total = this.#known.get(name);
    if (total === undefined) this.#known.set(name, (total = emptyCounts()));
    addCounts(total, counts);
  }

  list(): [name: string, counts: Readonly<Counts>][] {
    return [...this.#known];
  }

  /** Counts of parts of the tuples, where sentences mean nothing. */
  parts(): PartCounts[] {
    return this.amounts().map(({ sentences: _sentences, ...counts }) => counts);
  }

  amounts(): AmountCounts[] {
    return [...this.#known].map(([name, { correct, predicted, found, gold, sentences }]) => ({
      name,
      correct,
      predicted,
      found,
      gold,
      sentences,
    }));
  }
}
