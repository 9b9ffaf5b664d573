/** An Arrow IPC file of (id, source, target), written batch by batch. */
import { createHash } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { syncFolder, temporaryPath } from '../../storage/atomic-write.js';
import { namePath } from '../../storage/file-handle.js';
import { ArrowFile, type Pair } from './arrow-file.js';

export interface PairsFile {
  /** Absolute. */
  readonly path: string;
  readonly sha256: string;
  readonly rows: number;
}

/** A batch ends at whichever comes first; UTF-16 units stand for bytes. */
const BATCH_ROWS = 4096;
const BATCH_UNITS = 8 * 1024 * 1024;

/**
 * Takes rows and leaves a whole file under its name at `finish`, or nothing at `discard`. The digest is
 * made while writing; the same rows give the same bytes.
 */
export class PairsWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #encoder = new ArrowFile();
  readonly #hash = createHash('sha256');
  #batch: Pair[] = [];
  #units = 0;
  #rows = 0;

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  static async create(path: string): Promise<PairsWriter> {
    const whole = resolve(path);
    const temporary = temporaryPath(whole);
    return new PairsWriter(whole, temporary, await open(temporary, 'wx'));
  }

  /** Rows added so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Buffers a row; only every few thousand rows is there something to wait for. */
  add(pair: Pair): Promise<void> | undefined {
    this.#batch.push(pair);
    this.#rows++;
    this.#units += pair.id.length + pair.source.length + pair.target.length;
    return this.#batch.length >= BATCH_ROWS || this.#units >= BATCH_UNITS ? this.#flush() : undefined;
  }

  /** Syncs and renames; the file is there when this resolves. */
  async finish(): Promise<PairsFile> {
    if (this.#batch.length > 0) await this.#flush();
    await this.#write(this.#encoder.finish());
    await this.#file.sync();
    await this.#file.close();
    await rename(this.#temporary, this.#path);
    await syncFolder(dirname(this.#path));
    return { path: this.#path, sha256: this.#hash.digest('hex'), rows: this.#rows };
  }

  /** Removes what was written so far. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#units = 0;
    await this.#write(this.#encoder.encode(batch));
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(pieces);
    this.#hash.update(bytes);
    try {
      for (let start = 0; start < bytes.length; ) {
        start += (await this.#file.write(bytes, start)).bytesWritten;
      }
    } catch (error) {
      throw namePath(error, this.#path);
    }
  }
}
