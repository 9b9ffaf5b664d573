/** Which of many texts stood where before, in about 15 bytes a text. */
import { seededRank } from './parts.js';

const FREE = -1;

/** A number that stands for a text. */
export function keyOfText(text: string): number {
  return seededRank(text, 0);
}

/** A hash table over typed arrays; two of a thousand million texts may be taken for one. */
export class SeenTexts {
  #keys = new Float64Array(1024).fill(FREE);
  #marks = new Uint8Array(1024);
  #size = 0;

  /** Adds marks (bits) to a text; gives those it had before. */
  mark(text: string, bits: number): number {
    return this.markKey(keyOfText(text), bits);
  }

  /** The same by the text's key. */
  markKey(key: number, bits: number): number {
    const slot = this.#slotOf(key);
    const before = this.#marks[slot] ?? 0;
    if (before === 0) this.#size++;
    this.#marks[slot] = before | bits;
    if (this.#size > 0.6 * this.#keys.length) this.#grow();
    return before;
  }

  /** How many texts have all of these marks. */
  count(bits: number): number {
    return this.#marks.reduce((sum, marks) => sum + ((marks & bits) === bits ? 1 : 0), 0);
  }

  /** The slot that holds a key, now if not before. */
  #slotOf(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = Math.floor(key * this.#keys.length) & mask;
    while (this.#keys[slot] !== FREE && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    this.#keys[slot] = key;
    return slot;
  }

  #grow(): void {
    const [keys, marks] = [this.#keys, this.#marks];
    this.#keys = new Float64Array(2 * keys.length).fill(FREE);
    this.#marks = new Uint8Array(2 * marks.length);
    for (const [old, key] of keys.entries()) {
      if (key !== FREE) this.#marks[this.#slotOf(key)] = marks[old] ?? 0;
    }
  }
}
