/** What must be known of rows that wait for their part: 16 bytes a row and one a tuple, outside the heap. */
import type { Part } from './parts.js';

const FIRST = 1024;
/** Ends a row among the labels. */
const END = 255;
/** So many labels have a number of their own. */
export const MOST_NUMBERED = END - 1;

export class WaitingRows {
  #ranks = new Float64Array(FIRST);
  #keys = new Float64Array(FIRST);
  #labels = new Uint8Array(FIRST);
  #rows = 0;
  #used = 0;

  /** @param key of the text; @param labels numbers of the labels of its tuples */
  add(rank: number, key: number, labels: readonly number[]): void {
    if (this.#rows === this.#ranks.length) {
      this.#ranks = grown(this.#ranks, new Float64Array(2 * this.#rows));
      this.#keys = grown(this.#keys, new Float64Array(2 * this.#rows));
    }
    while (this.#used + labels.length + 1 > this.#labels.length) {
      this.#labels = grown(this.#labels, new Uint8Array(2 * this.#labels.length));
    }
    this.#ranks[this.#rows] = rank;
    this.#keys[this.#rows++] = key;
    for (const label of labels) this.#labels[this.#used++] = Math.min(label, MOST_NUMBERED);
    this.#labels[this.#used++] = END;
  }

  get ranks(): Float64Array {
    return this.#ranks.slice(0, this.#rows);
  }

  /** Visits the rows in the order they came. */
  deal(partOf: (rank: number) => Part, visit: (part: Part, key: number, labels: Uint8Array) => void): void {
    let start = 0;
    for (let row = 0; row < this.#rows; row++) {
      const end = this.#labels.indexOf(END, start);
      visit(partOf(this.#ranks[row] ?? 0), this.#keys[row] ?? 0, this.#labels.subarray(start, end));
      start = end + 1;
    }
  }
}

function grown<T extends Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
