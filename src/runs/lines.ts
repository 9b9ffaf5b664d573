/** Files of JSON lines that survive being cut anywhere. */
import { constants, createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { namePath } from '../storage/file-handle.js';
import { type OpenFile, openFile } from '../storage/open-file.js';

/**
 * Takes off a last line that has no line break: what a kill leaves of an append.
 * A file that is not there counts as empty.
 */
export async function keepWholeLines(path: string): Promise<void> {
  const lines = await LineFile.open(path, false);
  await lines.close();
}

/** A file of whole lines while its one writer adds to it. */
export class LineFile {
  private constructor(
    private readonly file: OpenFile,
    readonly path: string,
    private bytes: number,
  ) {}

  /**
   * Takes off what a kill left of a line; makes the file where there is none.
   * @param isLocal whether the disk is this machine's own
   */
  static async open(path: string, isLocal: boolean): Promise<LineFile> {
    const file = await openFile(path, constants.O_RDWR | constants.O_CREAT, isLocal);
    try {
      const { size } = await file.stat();
      const bytes = size === 0 ? 0 : await endOfLastWholeLine(file, size);
      if (bytes < size) await file.truncate(bytes);
      return new LineFile(file, path, bytes);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Of whole lines. */
  get length(): number {
    return this.bytes;
  }

  /**
   * Adds lines, whole or not at all.
   * @param lines of ASCII
   * @param isSynced waits until they are on the disk, which a failure of power does not take back
   * @returns nothing to wait for where that is not asked for and the disk is this machine's own: of what a thousand
   * workers say nothing is then kept until its turn comes again
   */
  append(lines: string, isSynced = false): void | Promise<void> {
    let writing: void | Promise<void>;
    try {
      writing = this.file.writeAscii(lines, this.bytes);
    } catch (error) {
      return this.#takeBack(error);
    }
    if (writing !== undefined || isSynced) return this.#finish(writing, lines.length, isSynced);
    this.bytes += lines.length;
  }

  async #finish(writing: void | Promise<void>, length: number, isSynced: boolean): Promise<void> {
    try {
      await writing;
      if (isSynced) await this.file.datasync();
      this.bytes += length;
    } catch (error) {
      await this.#takeBack(error);
    }
  }

  /** Half a line is none: whoever reads the file after a full disk finds whole ones. */
  async #takeBack(error: unknown): Promise<never> {
    await this.truncate(this.bytes).catch(() => undefined);
    throw namePath(error, this.path);
  }

  /** Keeps so many bytes, which end a line. */
  async truncate(bytes: number): Promise<void> {
    await this.file.truncate(bytes);
    this.bytes = bytes;
  }

  async sync(): Promise<void> {
    await this.file.sync();
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

/** Byte position after the last line break, searched backwards. */
async function endOfLastWholeLine(file: OpenFile, size: number): Promise<number> {
  const chunk = Buffer.alloc(64 * 1024);
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - chunk.length);
    const bytesRead = await file.read(chunk, end - start, start);
    const at = chunk.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

/** The JSON values of a file's whole lines, one at a time; lines that are no JSON are passed over. */
export async function* readJsonLines(path: string): AsyncGenerator {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      continue;
    }
    yield value;
  }
}
