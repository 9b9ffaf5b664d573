/** A small file on its way, held in memory: a kill loses it, and it costs the disk nothing until it is whole. */
import { FsaError, toFsaError } from '../errors.js';
import { writeFileAtomic } from '../storage/atomic-write.js';
import type { Fillable, Part } from './fillable.js';

export class MemoryFile implements Fillable {
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

  async read(buffer: Buffer, position: number, length: number): Promise<number> {
    return await Promise.resolve(this.#content.copy(buffer, 0, position, position + length));
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

/** Trouble with the disk, told with the path, so that it is never taken for trouble with the network. */
export function storageError(path: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !('code' in thrown) || thrown instanceof FsaError) return thrown;
  const known = toFsaError(Object.assign(thrown, { path }));
  if (known.code === 'STORAGE') return known;
  return new FsaError('STORAGE', `A file on its way could not be written or read: ${thrown.message}.`, {
    where: path,
    cause: thrown,
  });
}
