/** A dataset folder that appears whole under its name, or not at all. */
import { createReadStream } from 'node:fs';
import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FsaError } from '../../errors.js';
import { temporaryPath, writeJsonAtomic } from '../../storage/atomic-write.js';
import { TextWriter } from '../formats/text-writer.js';
import { type Part, PARTS } from './parts.js';
import type { Reject } from './row.js';
import { makeFolder } from '../../storage/make-folder.js';

type FileKey = Part | 'rows' | 'rejects';

const NAMES: Readonly<Record<FileKey, string>> = {
  train: 'train.json',
  dev: 'dev.json',
  test: 'test.json',
  rows: 'rows.ndjson',
  rejects: 'rejects.jsonl',
};

const FILE_KEYS = Object.keys(NAMES) as readonly FileKey[];

/** What stands before the rows of a list. */
const BEFORE = '[\n';
const BETWEEN = ',\n';
const BYTES = { [BEFORE]: Buffer.from(BEFORE), [BETWEEN]: Buffer.from(BETWEEN) } as const;

const LINE_FEED = 0x0a;
const SPOOL_BYTES = 256 * 1024;

/** @throws FsaError USAGE where the folder holds files already */
export async function refuseFilled(folder: string): Promise<void> {
  const there = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  if (there.length === 0) return;
  throw new FsaError('USAGE', 'The output folder holds files already.', {
    where: folder,
    advice: 'Name a new folder, or remove this one first: nothing is overwritten.',
  });
}

export class DatasetWriter {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #writers = new Map<FileKey, TextWriter>();
  /** Text that was added since the last flush. In a Map that is cleared again and again, old texts live on. */
  readonly #pending: Record<FileKey, string> = { train: '', dev: '', test: '', rows: '', rejects: '' };
  readonly #begun = new Set<Part>();

  private constructor(folder: string) {
    this.#folder = folder;
    this.#temporary = temporaryPath(folder);
  }

  /** @throws FsaError USAGE where the folder holds files already */
  static async create(folder: string): Promise<DatasetWriter> {
    await refuseFilled(folder);
    const writer = new DatasetWriter(folder);
    await makeFolder(writer.#temporary);
    return writer;
  }

  /** @param part null waits for `split` */
  add(part: Part | null, json: string): void {
    if (part === null) this.#push('rows', `${json}\n`);
    else {
      this.#push(part, `${this.#begun.has(part) ? BETWEEN : BEFORE}${json}`);
      this.#begun.add(part);
    }
  }

  reject(file: string, { line, reason }: Reject): void {
    this.#push('rejects', `${JSON.stringify({ file, line, reason })}\n`);
  }

  /** Writes to the disk what was added; to be awaited every few thousand rows. */
  async flush(): Promise<void> {
    for (const key of FILE_KEYS) {
      const text = this.#pending[key];
      if (text === '') continue;
      this.#pending[key] = '';
      await (this.#writers.get(key) ?? (await this.#open(key))).write(text);
    }
  }

  /** Deals out the rows that wait. @param partOf by the rank of the row with this number, from 0 */
  async split(partOf: (row: number) => Part): Promise<void> {
    await this.flush();
    const spool = this.#writers.get('rows');
    if (spool === undefined) return;
    this.#writers.delete('rows');
    await spool.finish();
    let row = 0;
    let writer: TextWriter | null = null;
    const pieces = createReadStream(spool.path, { highWaterMark: SPOOL_BYTES });
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      for (const one of this.#writers.values()) await one.makeRoom(2 * piece.length);
      // The bytes as they are: the rows were made into JSON before.
      for (let start = 0; start < piece.length; ) {
        writer ??= await this.#begin(partOf(row++));
        const end = piece.indexOf(LINE_FEED, start);
        const stop = end === -1 ? piece.length : end;
        writer.copy(piece, start, stop);
        if (end !== -1) writer = null;
        start = stop + 1;
      }
    }
    await rm(spool.path);
  }

  /** Where one more row of a part goes: what stands before it is there, two bytes that there is room for. */
  #begin(part: Part): TextWriter | Promise<TextWriter> {
    const writer = this.#writers.get(part);
    if (writer === undefined) return this.#open(part).then(() => this.#begin(part));
    writer.copy(BYTES[this.#begun.has(part) ? BETWEEN : BEFORE], 0, 2);
    this.#begun.add(part);
    return writer;
  }

  async #open(key: FileKey): Promise<TextWriter> {
    const writer = await TextWriter.create(join(this.#temporary, NAMES[key]));
    this.#writers.set(key, writer);
    return writer;
  }

  /** Puts the folder in its place. @returns the names of its parts */
  async finish(declaration: object): Promise<Part[]> {
    await this.flush();
    const parts = PARTS.filter((part) => this.#writers.has(part));
    for (const part of parts) await this.#writers.get(part)?.write('\n]\n');
    for (const writer of this.#writers.values()) await writer.finish();
    await writeJsonAtomic(join(this.#temporary, 'dataset.json'), declaration);
    await makeFolder(dirname(this.#folder));
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
    this.#pending[key] += text;
  }
}
