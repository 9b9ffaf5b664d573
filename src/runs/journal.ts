/** journal.ndjson: every event of a run, append only. */
import { open, type FileHandle } from 'node:fs/promises';
import { EVENT_HANDLING, type FsaEvent } from '../events.js';
import { namePath } from '../storage/file-handle.js';
import { keepWholeLines, readJsonLines } from './lines.js';
import type { RunSink } from './run-sink.js';

/** Events of a thousand cells come one by one: those of such a while are one write. */
const SHORTEST_INTERVAL_MS = 100;

export class Journal implements RunSink {
  #pending: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #beganMs = -Infinity;

  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
  ) {}

  /** Opens the journal for appending; a last line cut by a kill is taken off first. */
  static async open(path: string): Promise<Journal> {
    await keepWholeLines(path);
    return new Journal(await open(path, 'a'), path);
  }

  /** Adds an event; on disk by the next `flush`, and otherwise soon. */
  event(event: FsaEvent): void {
    if (!EVENT_HANDLING[event.type].keep) return;
    this.#pending.push(`${JSON.stringify(event)}\n`);
    if (this.#timer !== null) return;
    const waitMs = this.#beganMs + SHORTEST_INTERVAL_MS - performance.now();
    if (waitMs <= 0) this.#writeNext();
    else this.#timer = setTimeout(() => this.#writeNext(), waitMs).unref();
  }

  metrics(): void {
    // metrics.jsonl of each job has them.
  }

  /** Resolves when everything added so far is written. */
  async flush(): Promise<void> {
    if (this.#timer !== null) this.#writeNext();
    await this.#writing;
  }

  async close(): Promise<void> {
    try {
      await this.flush();
      await this.file.sync();
    } finally {
      await this.file.close();
    }
  }

  #writeNext(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#beganMs = performance.now();
    this.#writing = this.#writing.then(() => this.#write());
    // Failures (a full disk) surface at `flush`; an unhandled rejection would end the process first.
    this.#writing.catch(() => undefined);
  }

  async #write(): Promise<void> {
    if (this.#pending.length === 0) return;
    const text = this.#pending.join('');
    this.#pending = [];
    try {
      await this.file.appendFile(text);
    } catch (error) {
      throw namePath(error, this.path);
    }
  }
}

/**
 * Seconds of all sittings of a run together; one that was killed counts up to its last event.
 * @returns null where there is no journal
 */
export async function readWallSeconds(path: string): Promise<number | null> {
  let [seconds, began, last] = [0, Number.NaN, Number.NaN];
  const closeSitting = (): void => {
    if (!Number.isNaN(began)) seconds += (last - began) / 1000;
    began = Number.NaN;
  };
  try {
    for await (const value of readJsonLines(path)) {
      const { type, time, seconds: took } = value as { type?: unknown; time?: unknown; seconds?: unknown };
      if (type === 'run-started') closeSitting();
      if (typeof time === 'string') last = Date.parse(time);
      if (type === 'run-started') began = last;
      if (type !== 'run-finished' || typeof took !== 'number') continue;
      seconds += took;
      began = Number.NaN;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  closeSitting();
  return seconds;
}
