/** A dataset folder that appears whole under its name, or not at all. */
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FsaError } from '../../errors.js';
import { temporaryPath, writeJsonAtomic } from '../../storage/atomic-write.js';
import { splitLines } from '../formats/lines.js';
import { TextWriter } from '../formats/text-writer.js';
import { type Part, PARTS } from './parts.js';
import type { Reject } from './row.js';

type FileKey = Part | 'rows' | 'rejects';

const NAMES: Readonly<Record<FileKey, string>> = {
  train: 'train.json',
  dev: 'dev.json',
  test: 'test.json',
  rows: 'rows.ndjson',
  rejects: 'rejects.jsonl',
};

export class DatasetWriter {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #writers = new Map<FileKey, TextWriter>();
  /** Text that was added since the last flush. */
  readonly #pending = new Map<FileKey, string[]>();
  readonly #begun = new Set<Part>();

  private constructor(folder: string) {
    this.#folder = folder;
    this.#temporary = temporaryPath(folder);
  }

  /** @throws FsaError USAGE where the folder holds files already */
  static async create(folder: string): Promise<DatasetWriter> {
    const there = await readdir(folder).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    });
    if (there.length > 0) {
      throw new FsaError('USAGE', 'The output folder holds files already.', {
        where: folder,
        advice: 'Name a new folder, or remove this one first: nothing is overwritten.',
      });
    }
    const writer = new DatasetWriter(folder);
    await mkdir(writer.#temporary, { recursive: true });
    return writer;
  }

  /** @param part null waits for `split` */
  add(part: Part | null, json: string): void {
    if (part === null) this.#push('rows', `${json}\n`);
    else {
      this.#push(part, `${this.#begun.has(part) ? ',\n' : '[\n'}${json}`);
      this.#begun.add(part);
    }
  }

  reject(file: string, { line, reason }: Reject): void {
    this.#push('rejects', `${JSON.stringify({ file, line, reason })}\n`);
  }

  /** Writes to the disk what was added; to be awaited every few thousand rows. */
  async flush(): Promise<void> {
    for (const [key, texts] of this.#pending) {
      const writer = this.#writers.get(key) ?? (await TextWriter.create(join(this.#temporary, NAMES[key])));
      this.#writers.set(key, writer);
      await writer.write(texts.join(''));
    }
    this.#pending.clear();
  }

  /** Deals out the rows that wait. @param partOf by the rank of the row with this number, from 0 */
  async split(partOf: (row: number) => Part): Promise<void> {
    await this.flush();
    const spool = this.#writers.get('rows');
    if (spool === undefined) return;
    this.#writers.delete('rows');
    await spool.finish();
    let row = 0;
    const pieces = createReadStream(spool.path, { highWaterMark: 256 * 1024 });
    for await (const lines of splitLines(pieces, spool.path)) {
      for (const { text } of lines) this.add(partOf(row++), text ?? '');
      await this.flush();
    }
    await rm(spool.path);
  }

  /** Puts the folder in its place. @returns the names of its parts */
  async finish(declaration: object): Promise<Part[]> {
    await this.flush();
    const parts = PARTS.filter((part) => this.#writers.has(part));
    for (const part of parts) await this.#writers.get(part)?.write('\n]\n');
    for (const writer of this.#writers.values()) await writer.finish();
    await writeJsonAtomic(join(this.#temporary, 'dataset.json'), declaration);
    await mkdir(dirname(this.#folder), { recursive: true });
    // An empty folder of that name may be there; one that was filled meanwhile is an error.
    await rmdir(this.#folder).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
    await rename(this.#temporary, this.#folder);
    return parts;
  }

  async discard(): Promise<void> {
    for (const writer of this.#writers.values()) await writer.discard();
    await rm(this.#temporary, { recursive: true, force: true });
  }

  #push(key: FileKey, text: string): void {
    const texts = this.#pending.get(key);
    if (texts === undefined) this.#pending.set(key, [text]);
    else texts.push(text);
  }
}
