/** Which of many texts came first, in 20 to 60 bytes a text, however long the texts are. */
import { createHash } from 'node:crypto';

/** Half of a SHA-256: two texts of the same are the same text. */
const WORDS = 4;
const FREE = -1;
const FULLEST = 0.6;

/** A hash table with open addressing over typed arrays: millions of entries outside JavaScript's heap. */
export class DigestTable {
  #digests = new Int32Array(WORDS * 1024);
  #values = new Int32Array(1024).fill(FREE);
  #size = 0;

  /** The value that came with the first equal text, or null: then this one is the first. */
  addIfNew(text: string, value: number): number | null {
    const digest = createHash('sha256').update(text).digest();
    const slot = this.#slotOf((word) => digest.readInt32LE(4 * word));
    const known = this.#values[slot] ?? FREE;
    if (known !== FREE) return known;
    for (let word = 0; word < WORDS; word++) {
      this.#digests[WORDS * slot + word] = digest.readInt32LE(4 * word);
    }
    this.#values[slot] = value;
    if (++this.#size > FULLEST * this.#values.length) this.#grow();
    return null;
  }

  /** The slot that holds a digest, or the free one where it belongs. */
  #slotOf(wordOf: (word: number) => number): number {
    const mask = this.#values.length - 1;
    const words = Array.from({ length: WORDS }, (_, word) => wordOf(word));
    for (let slot = (words[0] ?? 0) & mask; ; slot = (slot + 1) & mask) {
      const start = WORDS * slot;
      if (this.#values[slot] === FREE || words.every((word, at) => this.#digests[start + at] === word)) {
        return slot;
      }
    }
  }

  #grow(): void {
    const [digests, values] = [this.#digests, this.#values];
    this.#digests = new Int32Array(2 * digests.length);
    this.#values = new Int32Array(2 * values.length).fill(FREE);
    for (const [old, value] of values.entries()) {
      if (value === FREE) continue;
      const slot = this.#slotOf((word) => digests[WORDS * old + word] ?? 0);
      this.#digests.set(digests.subarray(WORDS * old, WORDS * (old + 1)), WORDS * slot);
      this.#values[slot] = value;
    }
  }
}
