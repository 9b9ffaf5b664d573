/**
 * The digest of a file that is being filled from several places at once. Bytes that come in order are hashed
 * as they come; what came early is read back when the gap before it closes, while it is still in memory.
 */
import type { Hash } from 'node:crypto';
import type { Fillable } from './fillable.js';

const READ_BYTES = 2 ** 20;

export class PrefixHash {
  readonly #partial: Fillable;
  readonly #hash: Hash;
  #hashed = 0;
  #catchingUp: Promise<void> | null = null;

  constructor(partial: Fillable, hash: Hash) {
    this.#partial = partial;
    this.#hash = hash;
  }

  /** Tells of bytes that have been written at an offset. */
  wrote(content: Buffer, offset: number): void {
    if (this.#catchingUp !== null) return;
    if (offset === this.#hashed) {
      this.#hash.update(content);
      this.#hashed += content.length;
    }
    if (this.#partial.prefixBytes > this.#hashed) void this.catchUp().catch(() => undefined);
  }

  /** Hashes what is there without a gap. */
  async catchUp(): Promise<void> {
    this.#catchingUp ??= this.#readOn().finally(() => {
      this.#catchingUp = null;
    });
    await this.#catchingUp;
  }

  /** Digest of the whole content, in hexadecimal; every part must be there. */
  async finish(): Promise<string> {
    if (this.#partial.prefixBytes < this.#partial.bytes) throw new Error('a file on its way has gaps');
    while (this.#hashed < this.#partial.bytes) await this.catchUp();
    return this.#hash.digest('hex');
  }

  async #readOn(): Promise<void> {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (;;) {
      const length = Math.min(READ_BYTES, this.#partial.prefixBytes - this.#hashed);
      if (length <= 0) return;
      const read = await this.#partial.read(buffer, this.#hashed, length);
      if (read === 0) throw new Error('a file on its way became shorter while it was read');
      this.#hash.update(buffer.subarray(0, read));
      this.#hashed += read;
    }
  }
}
