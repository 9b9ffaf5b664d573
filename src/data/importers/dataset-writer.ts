/** A dataset folder that appears whole under its name, or not at all. */
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FsaError } from '../../errors.js';
import { temporaryPath, writeJsonAtomic } from '../../storage/atomic-write.js';
import { splitLines } from '../formats/lines.js';
import { TextWriter } from '../formats/text-writer.js';
import { cutByRank, type Part, PARTS, type Shares } from './parts.js';
import type { Reject } from './row.js';

/** A row that is written as it stands, and what decides its part where its file does not. */
interface WrittenRow {
  readonly json: string;
  readonly rank: number;
}

const FIRST_RANKS = 1024;

export class DatasetWriter {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #writers = new Map<Part | 'rows' | 'rejects', TextWriter>();
  readonly #sizes = { train: 0, dev: 0, test: 0 };
  /** Ranks of the rows that wait for their part. */
  #ranks = new Float64Array(FIRST_RANKS);
  #waiting = 0;

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
  async add(part: Part | null, row: WrittenRow): Promise<void> {
    if (part !== null) {
      await this.#write(part, row.json);
      return;
    }
    if (this.#waiting === this.#ranks.length) {
      const more = new Float64Array(2 * this.#ranks.length);
      more.set(this.#ranks);
      this.#ranks = more;
    }
    this.#ranks[this.#waiting++] = row.rank;
    const spool = await this.#writer('rows', 'rows.ndjson');
    await spool.write(`${row.json}\n`);
  }

  async reject(file: string, { line, reason }: Reject): Promise<void> {
    const rejects = await this.#writer('rejects', 'rejects.jsonl');
    await rejects.write(`${JSON.stringify({ file, line, reason })}\n`);
  }

  /** Deals out the rows that wait. @throws FsaError DATA where there are too few for the shares */
  async split(shares: Shares, onRow: (part: Part, json: string) => void): Promise<void> {
    const spool = this.#writers.get('rows');
    if (spool === undefined) return;
    this.#writers.delete('rows');
    await spool.finish();
    const partOf = cutByRank(this.#ranks.slice(0, this.#waiting), shares);
    let at = 0;
    for await (const lines of splitLines(
      createReadStream(spool.path, { highWaterMark: 1024 * 1024 }),
      spool.path,
    )) {
      for (const { text } of lines) {
        const part = partOf(this.#ranks[at++] ?? 0);
        onRow(part, text ?? '');
        await this.#write(part, text ?? '');
      }
    }
    await rm(spool.path);
  }

  /** Puts the folder in its place. @returns the names of its parts */
  async finish(declaration: object): Promise<Part[]> {
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

  async #write(part: Part, json: string): Promise<void> {
    const writer = await this.#writer(part, `${part}.json`);
    await writer.write(`${this.#sizes[part] === 0 ? '[\n' : ',\n'}${json}`);
    this.#sizes[part]++;
  }

  async #writer(key: Part | 'rows' | 'rejects', name: string): Promise<TextWriter> {
    const known = this.#writers.get(key);
    if (known !== undefined) return known;
    const writer = await TextWriter.create(join(this.#temporary, name));
    this.#writers.set(key, writer);
    return writer;
  }
}
