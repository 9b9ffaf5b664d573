/** A small file on its way, held in memory: a kill loses it, and it costs the disk nothing until it is whole. */
import { writeFileAtomic } from '../../storage/atomic-write.js';
import { startHash, type Digest } from '../api/digest.js';
import type { TransferTarget, Part } from './transfer-target.js';
import { storageError } from './storage-error.js';
import { hashAtTheEnd, type RunningHash } from './running-hash.js';

export class MemoryFile implements TransferTarget {
  readonly gathers = false;
  readonly bytes: number;
  readonly #content: Buffer;
  #done = 0;

  constructor(bytes: number) {
    this.bytes = bytes;
    this.#content = Buffer.allocUnsafe(bytes);
  }

  get parts(): readonly Part[] {
    return [{ index: 0, start: 0, end: this.bytes }];
  }

  get prefixBytes(): number {
    return this.#done;
  }

  get doneBytes(): number {
    return this.#done;
  }

  nextByteOf(): number {
    return this.#done;
  }

  async append(_: Part, content: Buffer): Promise<void> {
    this.#done += content.copy(this.#content, this.#done);
    await Promise.resolve();
  }

  startHash(digest: Digest): RunningHash {
    const finish = (): string => startHash(digest, this.bytes).update(this.#content).digest('hex');
    return hashAtTheEnd(this, async () => await Promise.resolve(finish()));
  }

  async startOver(): Promise<void> {
    this.#done = 0;
    await Promise.resolve();
  }

  async publish(target: string): Promise<void> {
    try {
      await writeFileAtomic(target, this.#content);
    } catch (thrown) {
      throw storageError(target, thrown);
    }
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  async discard(): Promise<void> {
    await Promise.resolve();
  }
}
