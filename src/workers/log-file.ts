/**
 * A worker's log: everything it prints, up to a cap. The first and the last part are kept, because a log
 * explains itself at its beginning (versions, warnings) and at its end (the traceback).
 */
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../storage/make-folder.js';

const HEAD_BYTES = 2_500_000;
const TAIL_BYTES = 2_500_000;
const RECENT_BYTES = 8_192;
const REWRITE_MILLISECONDS = 2_000;

interface Opened {
  readonly file: FileHandle;
  /** Where this worker's part begins: a log goes on where an earlier worker's ended. */
  readonly start: number;
}

export class LogFile {
  readonly path: string;
  readonly #opened: Promise<Opened | null>;
  readonly #headBytes: number;
  readonly #tailBytes: number;
  #written = 0;
  #received = 0;
  #taken = 0;
  #tail: Buffer[] = [];
  #tailLength = 0;
  #recent = Buffer.alloc(0);
  #lastRewrite = 0;
  #broken = false;
  #isOpen = false;
  #turn: Promise<void> = Promise.resolve();

  private constructor(path: string, opened: Promise<Opened | null>, headBytes: number, tailBytes: number) {
    this.path = path;
    this.#opened = opened;
    this.#headBytes = headBytes;
    this.#tailBytes = tailBytes;
    void opened.then(() => (this.#isOpen = true));
  }

  /** Makes the folder and goes on with a log that is there, unless that one has reached the cap. */
  static async open(path: string, headBytes = HEAD_BYTES, tailBytes = TAIL_BYTES): Promise<LogFile> {
    const opened = await openAt(path, headBytes + tailBytes);
    return new LogFile(path, Promise.resolve(opened), headBytes, tailBytes);
  }

  /** As `open`, once the folder may be written to; where that is refused, nothing is made and nothing kept. */
  static openOnce(mayWrite: Promise<void>, path: string): LogFile {
    const opened = mayWrite.then(
      async () => await openAt(path, HEAD_BYTES + TAIL_BYTES).catch(() => null),
      () => null,
    );
    return new LogFile(path, opened, HEAD_BYTES, TAIL_BYTES);
  }

  /**
   * Resolves when the chunk is taken care of. Never rejects: a full disk must not stop the work. Nor does a folder that
   * is not there yet hold up who prints: the last words of a process that ends meanwhile would never be read.
   */
  write(chunk: Buffer): Promise<void> {
    this.#received += chunk.length;
    this.#recent = Buffer.from(Buffer.concat([this.#recent, chunk]).subarray(-RECENT_BYTES));
    this.#turn = this.#turn.then(() => this.#take(chunk));
    return this.#isOpen || this.#received > this.#headBytes ? this.#turn : Promise.resolve();
  }

  /** The last few kilobytes of what was printed. */
  recent(): string {
    return this.#recent.toString('utf8');
  }

  async close(): Promise<void> {
    await this.#turn;
    if (this.#tailLength > 0) await this.#rewriteTail();
    const opened = await this.#opened;
    await opened?.file.close().catch(() => undefined);
  }

  async #take(chunk: Buffer): Promise<void> {
    this.#taken += chunk.length;
    const head = chunk.subarray(0, Math.max(0, this.#headBytes - this.#written));
    if (head.length > 0) {
      await this.#put(head, this.#written);
      this.#written += head.length;
    }
    if (head.length < chunk.length) await this.#keepTail(chunk.subarray(head.length));
  }

  async #keepTail(chunk: Buffer): Promise<void> {
    this.#tail.push(Buffer.from(chunk));
    this.#tailLength += chunk.length;
    while (this.#tailLength - (this.#tail[0]?.length ?? 0) >= this.#tailBytes) {
      this.#tailLength -= this.#tail.shift()?.length ?? 0;
    }
    if (performance.now() - this.#lastRewrite > REWRITE_MILLISECONDS) await this.#rewriteTail();
  }

  async #rewriteTail(): Promise<void> {
    const tail = Buffer.concat(this.#tail).subarray(-this.#tailBytes);
    const left = this.#taken - this.#written - tail.length;
    const mark = left > 0 ? Buffer.from(`\n… ${left} bytes left out …\n`) : Buffer.alloc(0);
    const end = this.#written + mark.length + tail.length;
    await this.#put(Buffer.concat([mark, tail]), this.#written, end);
    this.#lastRewrite = performance.now();
  }

  /** @param position counted from where this worker's part begins; so is `end`, where the file is to end */
  async #put(bytes: Buffer, position: number, end: number | null = null): Promise<void> {
    const opened = await this.#opened;
    if (this.#broken || opened === null) return;
    const { file, start } = opened;
    try {
      await file.write(bytes, 0, bytes.length, start + position);
    } catch {
      this.#broken = true;
    }
    if (end !== null) await file.truncate(start + end).catch(() => undefined);
  }
}

async function openAt(path: string, mostBytes: number): Promise<Opened> {
  await makeFolder(dirname(path));
  const file = await open(path, 'a').then(async (made) => {
    await made.close();
    return await open(path, 'r+');
  });
  const { size } = await file.stat();
  const start = size < mostBytes ? size : 0;
  if (start < size) await file.truncate(0);
  return { file, start };
}
