/** Sums by name, in the order in which names come up. */
import { addCounts, type Counts, emptyCounts } from '../count.js';
import type { Named } from './marks.js';

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
    return this.list().map(partOf);
  }

  amounts(): AmountCounts[] {
    return this.list().map(amountOf);
  }
}

export function partOf([name, counts]: Named): PartCounts {
  const { correct, predicted, found, gold } = counts;
  return { name, correct, predicted, found, gold };
}

export function amountOf(named: Named): AmountCounts {
  return { ...partOf(named), sentences: named[1].sentences };
}
