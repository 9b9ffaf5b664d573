/**
 * Every request and every answer that was paid for, kept for good: `answers/<name>-v0.ndjson`, `-v1`, … A kill at
 * any moment loses at most the requests under way, and the log says how many those were.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { keepWholeLines } from '../../runs/lines.js';
import { AnswerIndex } from './answer-index.js';
import { GroupWriter } from './group-writer.js';
import type { AnsweredRecord, AskedRecord, FailedRecord, LogRecord } from './records.js';
import { makeFolder } from '../../storage/make-folder.js';

export interface AnswerLogOptions {
  /** Answers in one file. */
  readonly shardRows: number;
  /** Told once each time the disk is found full. */
  readonly onFullDisk: () => void;
}

export class AnswerLog {
  #rowsInShard: number;
  #starting: Promise<void> | null = null;

  private constructor(
    private readonly folder: string,
    readonly name: string,
    private readonly options: AnswerLogOptions,
    readonly index: AnswerIndex,
    private writer: GroupWriter,
    private shard: number,
    rowsInShard: number,
    private shards: number,
  ) {
    this.#rowsInShard = rowsInShard;
  }

  /** Takes up the log of a kind of question; a last line cut by a kill is taken off first. */
  static async open(folder: string, name: string, options: AnswerLogOptions): Promise<AnswerLog> {
    await makeFolder(folder);
    const index = new AnswerIndex();
    let shard = -1;
    let answersBefore = 0;
    const paths = await shardsOf(folder, name);
    const last = paths.at(-1) ?? join(folder, `${name}-v0.ndjson`);
    await keepWholeLines(last);
    for (const path of paths.length === 0 ? [last] : paths) {
      answersBefore = index.answers;
      shard = await index.readShard(path);
    }
    const writer = await GroupWriter.open(last, options.onFullDisk);
    const rows = index.answers - answersBefore;
    return new AnswerLog(folder, name, options, index, writer, shard, rows, Math.max(1, paths.length));
  }

  /** Resolves when the process may be killed without the request being forgotten. */
  async asked(record: AskedRecord): Promise<void> {
    await this.#add(record, false);
  }

  /** Resolves when the answer is on the disk. */
  async answered(record: AnsweredRecord): Promise<void> {
    // Answers that come while a file is being opened wait for it: one opens it, and each is counted where it goes.
    while (this.#rowsInShard >= this.options.shardRows)
      await (this.#starting ??= this.#startShard().finally(() => (this.#starting = null)));
    this.#rowsInShard += 1;
    await this.#add(record, true);
  }

  async failed(record: FailedRecord): Promise<void> {
    await this.#add(record, true);
  }

  async close(): Promise<void> {
    await this.writer.close();
    await this.index.close();
  }

  async #add(record: LogRecord, synced: boolean): Promise<void> {
    const { writer, shard } = this;
    const offset = await writer.add(`${JSON.stringify(record)}\n`, synced);
    this.index.note(shard, offset, record);
  }

  async #startShard(): Promise<void> {
    const path = join(this.folder, `${this.name}-v${this.shards}.ndjson`);
    this.shards += 1;
    const full = this.writer;
    this.writer = await GroupWriter.open(path, this.options.onFullDisk);
    this.shard = this.index.addShard(path);
    this.#rowsInShard = 0;
    await full.close();
  }
}

/** The files of a log, in the order they were written. */
export async function shardsOf(folder: string, name: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const shards = names.flatMap((file) => {
    const number = file.startsWith(`${name}-v`) ? /^(\d+)\.ndjson$/.exec(file.slice(name.length + 2)) : null;
    return number === null ? [] : [{ file, number: Number(number[1]) }];
  });
  return shards.sort((a, b) => a.number - b.number).map(({ file }) => join(folder, file));
}
