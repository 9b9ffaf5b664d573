/**
 * What sentences add to the figures of a set of them, as numbers under numbered names: a cell's test set is added up
 * by going through lists of numbers, where names were looked up tens of thousands of times.
 */
import type { Counts } from '../count.js';

/** Numbers names, each within a list of them. */
export class Names<List extends string> {
  readonly #numbers = new Map<List, Map<string, number>>();
  readonly #names: { readonly list: List; readonly name: string }[] = [];

  get size(): number {
    return this.#names.length;
  }

  numberOf(list: List, name: string): number {
    let numbers = this.#numbers.get(list);
    if (numbers === undefined) this.#numbers.set(list, (numbers = new Map<string, number>()));
    let number = numbers.get(name);
    if (number === undefined) {
      number = this.#names.push({ list, name }) - 1;
      numbers.set(name, number);
    }
    return number;
  }

  /** Takes the last names back: their numbers are given anew. */
  keepFirst(count: number): void {
    for (const { list, name } of this.#names.splice(count)) this.#numbers.get(list)?.delete(name);
  }

  at(number: number): { readonly list: List; readonly name: string } {
    return this.#names[number] as { readonly list: List; readonly name: string };
  }
}

/** A name's number and what its counts grow by, `STRIDE` numbers for each; the order is that in which names come up. */
export type Marks = readonly number[];

const STRIDE = 7;

export function addMark(marks: number[], name: number, counts: Readonly<Counts>): void {
  const { correct, predicted, found, gold, malformed, sentences } = counts;
  marks.push(name, correct, predicted, found, gold, malformed, sentences);
}

export type Named = readonly [name: string, counts: Readonly<Counts>];

/** Whether all names in them have numbers below this one. */
export function areBelow(marks: Marks, number: number): boolean {
  for (let at = 0; at < marks.length; at += STRIDE) if ((marks[at] as number) >= number) return false;
  return true;
}

/** Sums of marks. */
export class Tally<List extends string> {
  /** As in marks, by the number of the name; in the place of the name when it came up first, counted from one. */
  readonly #sums: Int32Array;
  /** Where the sums of the names that came up begin. */
  readonly #came: number[] = [];

  constructor(private readonly names: Names<List>) {
    this.#sums = new Int32Array(names.size * STRIDE);
  }

  /** @param turn how many numbers of marks were added to any tally before, so that tallies can be put together */
  add(marks: Marks, turn: number): void {
    const sums = this.#sums;
    for (let from = 0; from < marks.length; from += STRIDE) {
      const to = (marks[from] as number) * STRIDE;
      if (sums[to] === 0) {
        sums[to] = turn + from + 1;
        this.#came.push(to);
      }
      for (let place = 1; place < STRIDE; place += 1)
        (sums[to + place] as number) += marks[from + place] as number;
    }
  }

  /** Adds what another tally of the same names has, as if its marks had come in their turns. */
  addAll(tally: Tally<List>): void {
    const [sums, others] = [this.#sums, tally.#sums];
    for (const at of tally.#came) {
      const [mine, other] = [sums[at] as number, others[at] as number];
      if (mine === 0) this.#came.push(at);
      if (mine === 0 || other < mine) sums[at] = other;
      for (let place = 1; place < STRIDE; place += 1)
        (sums[at + place] as number) += others[at + place] as number;
    }
  }

  /** The names that came up, by their lists, each list in the order in which they came up. */
  get lists(): ReadonlyMap<List, readonly Named[]> {
    const sums = this.#sums;
    const lists = new Map<List, Named[]>();
    for (const at of this.#came.toSorted((one, other) => (sums[one] as number) - (sums[other] as number))) {
      const { list, name } = this.names.at(at / STRIDE);
      const named: Named = [name, this.#countsAt(at)];
      const found = lists.get(list);
      if (found === undefined) lists.set(list, [named]);
      else found.push(named);
    }
    return lists;
  }

  #countsAt(at: number): Counts {
    const sums = this.#sums;
    return {
      correct: sums[at + 1] as number,
      predicted: sums[at + 2] as number,
      found: sums[at + 3] as number,
      gold: sums[at + 4] as number,
      malformed: sums[at + 5] as number,
      sentences: sums[at + 6] as number,
    };
  }
}
