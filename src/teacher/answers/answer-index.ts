/** Where each answer of a log stands, and what all its requests have cost: read once, when a run goes on. */
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { FsaError } from '../../errors.js';
import { add, type Amount } from '../spending/budget.js';
import { withoutThoughts } from '../reading/thinking.js';
import { recordSchema, type AnsweredRecord, type LogRecord } from './records.js';

/** Offsets fit below this; the number of the shard goes above it. */
const SHARD_STEP = 2 ** 40;
const LINE_FEED = 0x0a;
const FIRST_READ_BYTES = 4096;

export class AnswerIndex {
  /** By the first half of the key: enough to tell millions apart, and half the memory. */
  readonly #places = new Map<string, number>();
  /** Requests of which nothing more was heard so far, at their worst. */
  readonly #open = new Map<string, Amount>();
  readonly #shards: string[] = [];
  readonly #handles = new Map<number, Promise<FileHandle>>();
  #spent: Amount = { nanoUsd: 0, tokens: 0 };
  #possible: Amount = { nanoUsd: 0, tokens: 0 };
  #lost = 0;
  /** Questions that were given up, with the reason. */
  readonly failures = new Map<string, string>();

  get answers(): number {
    return this.#places.size;
  }

  /** Requests that were sent and never heard of again. */
  get lost(): number {
    return this.#lost + this.#open.size;
  }

  get spent(): Amount {
    return this.#spent;
  }

  /** What was answered without a count of tokens or not at all, at its worst. */
  get possible(): Amount {
    return [...this.#open.values()].reduce(add, this.#possible);
  }

  has(key: string): boolean {
    return this.#places.has(half(key));
  }

  /** Takes up a shard and returns its number. */
  addShard(path: string): number {
    return this.#shards.push(path) - 1;
  }

  /** Reads a shard's whole lines. @throws FsaError RUN_FOLDER naming the line that is not ours */
  async readShard(path: string): Promise<number> {
    const shard = this.addShard(path);
    let line = 0;
    for await (const { text, offset } of linesWithOffsets(path)) {
      line += 1;
      this.note(shard, offset, parseRecord(text, path, line));
    }
    return shard;
  }

  /** Takes note of a line that stands in a shard. */
  note(shard: number, offset: number, record: LogRecord): void {
    const key = half(record.key);
    if (record.type === 'asked') {
      const earlier = this.#open.get(key);
      if (earlier !== undefined) {
        this.#possible = add(this.#possible, earlier);
        this.#lost += 1;
      }
      this.#open.set(key, { nanoUsd: record.nanoUsd, tokens: record.tokens });
      return;
    }
    this.#open.delete(key);
    if (record.exact) this.#spent = add(this.#spent, record);
    else this.#possible = add(this.#possible, record);
    if (record.type === 'answered') {
      this.#places.set(key, shard * SHARD_STEP + offset);
      this.failures.delete(record.key);
    } else if (record.final) this.failures.set(record.key, record.reason);
  }

  /** The answer to a question; null where there is none. */
  async read(key: string): Promise<AnsweredRecord | null> {
    const place = this.#places.get(half(key));
    if (place === undefined) return null;
    const shard = Math.floor(place / SHARD_STEP);
    const path = this.#shards[shard] ?? '';
    const text = await readLineAt(await this.#handle(shard, path), place % SHARD_STEP);
    const record = parseRecord(text, path, 0);
    if (record.type !== 'answered' || record.key !== key) return null;
    // Of a log that an older fsa wrote, or another run's.
    return { ...record, text: withoutThoughts(record.text) };
  }

  async close(): Promise<void> {
    for (const handle of this.#handles.values()) await (await handle).close();
    this.#handles.clear();
  }

  async #handle(shard: number, path: string): Promise<FileHandle> {
    const known = this.#handles.get(shard) ?? open(path, 'r');
    this.#handles.set(shard, known);
    return await known;
  }
}

const half = (key: string): string => key.slice(0, 32);

function parseRecord(text: string, path: string, line: number): LogRecord {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new FsaError('RUN_FOLDER', 'A line of the answer log is not what fsa wrote.', {
      where: line === 0 ? path : `${path}:${line}`,
      advice: 'Restore the file, or delete this line: its question is then asked, and paid for, again.',
      cause,
    });
  }
}

async function* linesWithOffsets(path: string): AsyncGenerator<{ text: string; offset: number }> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      if (end > start) yield { text: bytes.toString('utf8', start, end), offset: offset + start };
      start = end + 1;
    }
    rest = bytes.subarray(start);
    offset += start;
  }
}

async function readLineAt(file: FileHandle, offset: number): Promise<string> {
  for (let size = FIRST_READ_BYTES; ; size *= 4) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size, offset);
    const end = buffer.indexOf(LINE_FEED);
    if (end >= 0) return buffer.toString('utf8', 0, end);
    if (bytesRead < size) return buffer.toString('utf8', 0, bytesRead);
  }
}
