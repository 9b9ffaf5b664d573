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

export class NamedCounts {
  readonly #known = new Map<string, Counts>();

  add(name: string, counts: Readonly<Partial<Counts>>): void {
    let total = this.#known.get(name);
    if (total === undefined) this.#known.set(name, (total = emptyCounts()));
    addCounts(total, { ...emptyCounts(), ...counts });
  }

  list(): ({ readonly name: string } & Counts)[] {
    return [...this.#known].map(([name, counts]) => ({ name, ...counts }));
  }
}
