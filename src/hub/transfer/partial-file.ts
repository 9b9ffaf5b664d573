/**
 * A file on its way: the content at its final offsets, then a table that says how far each part has come.
 * The table is written after the bytes it speaks of, eight bytes at a time, so that a process killed at any
 * moment leaves a file that says no more than it has. Cutting the table off makes the file whole.
 */
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { hashFile, type Digest } from '../api/digest.js';
import type { TransferTarget, Part } from './transfer-target.js';
import { FollowingHash, hashAtTheEnd, type RunningHash } from './running-hash.js';
import { storageError } from './storage-error.js';

const MAGIC = Buffer.from('fsaPart1');
const HEADER_BYTES = 24;
/** Smaller files are read back faster than a thread starts. */
const FOLLOWED_FROM_BYTES = 32 * 2 ** 20;

/** How far each part has come, in bytes. */
interface Table {
  readonly partBytes: number;
  readonly done: number[];
}

export class PartialFile implements TransferTarget {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly gathers = true;
  readonly bytes: number;
  #partBytes: number;
  /** Bytes there of each part. */
  #done: number[];
  readonly #syncedBytes: number;
  #unsyncedBytes = 0;
  #syncing: Promise<void> | null = null;
  /** The system tells a failure of the disk once: it must not be forgotten. */
  #syncFailure: { readonly cause: unknown } | null = null;

  private constructor(handle: FileHandle, path: string, bytes: number, syncedBytes: number, found: Table) {
    this.#handle = handle;
    this.#path = path;
    this.bytes = bytes;
    this.#syncedBytes = syncedBytes;
    this.#partBytes = found.partBytes;
    this.#done = found.done;
  }

  /**
   * Goes on with what lies at `path`, or starts anew where that is nothing or not for this content.
   * @param bytes size of the whole content
   * @param partBytes part size of a new start
   * @param syncedBytes so many new bytes are put on the disk while the next ones come, that little is left to
   *   wait for in the end
   */
  static async open(
    path: string,
    bytes: number,
    partBytes: number,
    syncedBytes = 128 * 2 ** 20,
  ): Promise<PartialFile> {
    return await orStorageError(path, async () => {
      const handle = await open(path, 'r+').catch(async (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        return await open(path, 'wx+');
      });
      const found = await readTable(handle, bytes);
      const partial = new PartialFile(handle, path, bytes, syncedBytes, found ?? { partBytes, done: [] });
      if (found === null) await partial.startOver(partBytes);
      return partial;
    });
  }

  get parts(): Part[] {
    return this.#done.map((_, index) => ({ index, start: this.#startOf(index), end: this.#endOf(index) }));
  }

  /** Offset of the first byte of a part that is still missing. */
  nextByteOf(part: Part): number {
    return part.start + (this.#done[part.index] ?? 0);
  }

  /** Bytes there from the start on, without a gap. */
  get prefixBytes(): number {
    const gap = this.#done.findIndex((done, index) => this.#startOf(index) + done < this.#endOf(index));
    return gap === -1 ? this.bytes : this.#startOf(gap) + (this.#done[gap] ?? 0);
  }

  /** Bytes there in all. */
  get doneBytes(): number {
    return this.#done.reduce((sum, done) => sum + done, 0);
  }

  /** Writes the next bytes of a part, then says so in the table. */
  async append(part: Part, content: Buffer): Promise<void> {
    await orStorageError(this.#path, async () => {
      await writeAll(this.#handle, content, this.nextByteOf(part));
      this.#done[part.index] = (this.#done[part.index] ?? 0) + content.length;
      const entry = Buffer.alloc(8);
      entry.writeDoubleLE(this.#done[part.index] ?? 0);
      await writeAll(this.#handle, entry, this.bytes + HEADER_BYTES + part.index * 8);
    });
    this.#unsyncedBytes += content.length;
    if (this.#unsyncedBytes >= this.#syncedBytes) this.#syncBehind();
  }

  startHash(digest: Digest): RunningHash {
    const [path, bytes] = [this.#path, this.bytes];
    return bytes < FOLLOWED_FROM_BYTES
      ? hashAtTheEnd(
          this,
          async () => await orStorageError(path, async () => await hashFile(path, digest, bytes)),
        )
      : new FollowingHash(path, this, digest);
  }

  /** Forgets what is there. @param partBytes part size from now on; Infinity for one part */
  async startOver(partBytes: number): Promise<void> {
    await orStorageError(this.#path, async () => {
      this.#partBytes = Math.min(partBytes, Math.max(1, this.bytes));
      // A rest smaller than a part joins the last one.
      const count = Math.max(1, Math.floor(this.bytes / this.#partBytes));
      this.#done = Array.from({ length: count }, () => 0);
      const table = Buffer.alloc(HEADER_BYTES + count * 8);
      MAGIC.copy(table);
      table.writeDoubleLE(this.bytes, 8);
      table.writeDoubleLE(this.#partBytes, 16);
      await this.#handle.truncate(0);
      await writeAll(this.#handle, table, this.bytes);
    });
  }

  #syncBehind(): void {
    if (this.#syncing !== null) return;
    this.#unsyncedBytes = 0;
    this.#syncing = this.#handle
      .datasync()
      .catch((failure: unknown) => {
        this.#syncFailure = { cause: failure };
      })
      .finally(() => {
        this.#syncing = null;
      });
  }

  /** Cuts the table off, puts the content on the disk, and gives it its final name in one step. */
  async publish(target: string): Promise<void> {
    await orStorageError(this.#path, async () => {
      await this.#handle.truncate(this.bytes);
      await this.#handle.datasync();
      await this.close();
      if (this.#syncFailure !== null) throw this.#syncFailure.cause;
      await rename(this.#path, target);
    });
  }

  /** Keeps what is there for the next attempt. */
  async close(): Promise<void> {
    await this.#syncing;
    await this.#handle.close();
  }

  async discard(): Promise<void> {
    await this.close();
    await rm(this.#path, { force: true });
  }

  #startOf(index: number): number {
    return index * this.#partBytes;
  }

  #endOf(index: number): number {
    return index === this.#done.length - 1 ? this.bytes : (index + 1) * this.#partBytes;
  }
}

async function readTable(handle: FileHandle, bytes: number): Promise<Table | null> {
  const { size } = await handle.stat();
  // Killed between the cut and the new name: the digest decides what this is worth.
  if (size === bytes && bytes > 0) return { partBytes: bytes, done: [bytes] };
  const table = Buffer.alloc(Math.max(0, Math.min(size - bytes, 2 ** 24)));
  await handle.read(table, 0, table.length, bytes);
  if (table.length < HEADER_BYTES + 8 || !table.subarray(0, 8).equals(MAGIC)) return null;
  const partBytes = table.readDoubleLE(16);
  const count = (table.length - HEADER_BYTES) / 8;
  const fits = Number.isSafeInteger(partBytes) && partBytes > 0;
  if (table.readDoubleLE(8) !== bytes || !fits) return null;
  if (count !== Math.max(1, Math.floor(bytes / partBytes))) return null;
  const done: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const value = table.readDoubleLE(HEADER_BYTES + index * 8);
    const limit = (index === count - 1 ? bytes : (index + 1) * partBytes) - index * partBytes;
    if (!Number.isSafeInteger(value) || value < 0 || value > limit) return null;
    done.push(value);
  }
  return { partBytes, done };
}

async function writeAll(handle: FileHandle, content: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < content.length) {
    const { bytesWritten } = await handle.write(
      content,
      written,
      content.length - written,
      position + written,
    );
    written += bytesWritten;
  }
}

async function orStorageError<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw storageError(path, thrown);
  }
}
