/** A text file written piece by piece that appears whole under its name, or not at all. */
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { requireReplaceable, syncFolder, temporaryPath } from '../../storage/atomic-write.js';
import { namePath } from '../../storage/file-handle.js';
import { makeFolder } from '../../storage/make-folder.js';

const BUFFER_BYTES = 1024 * 1024;
/** A UTF-16 unit takes at most so many bytes of UTF-8. */
const MOST_BYTES_A_UNIT = 3;

export class TextWriter {
  readonly path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  /** Written here at once: a million short strings would keep the garbage collector busy. */
  #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #used = 0;

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  /**
   * Makes the folder where it is missing.
   * @throws FsaError USAGE where there is a folder, a device or a pipe of that name
   */
  static async create(path: string): Promise<TextWriter> {
    await requireReplaceable(path);
    await makeFolder(dirname(path));
    const temporary = temporaryPath(path);
    return new TextWriter(path, temporary, await open(temporary, 'wx'));
  }

  async write(text: string): Promise<void> {
    const most = MOST_BYTES_A_UNIT * text.length;
    await this.makeRoom(most);
    if (most > BUFFER_BYTES) await this.#named(this.#file.writeFile(text));
    else this.#used += this.#buffer.write(text, this.#used);
  }

  /** Lets `copy` take so many bytes, one MiB at most. */
  async makeRoom(bytes: number): Promise<void> {
    if (this.#used + bytes > BUFFER_BYTES) await this.#flush();
  }

  /** Takes bytes of UTF-8 for which there is room. */
  copy(bytes: Uint8Array, start: number, end: number): void {
    this.#buffer.set(bytes.subarray(start, end), this.#used);
    this.#used += end - start;
  }

  async finish(): Promise<void> {
    await this.#flush();
    await this.#named(this.#file.sync());
    await this.#file.close();
    await rename(this.#temporary, this.path);
    await syncFolder(dirname(this.path));
  }

  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }

  async #flush(): Promise<void> {
    const bytes = this.#buffer.subarray(0, this.#used);
    // Another one, as more may come while this is on its way.
    this.#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#used = 0;
    await this.#named(this.#file.writeFile(bytes));
  }

  async #named(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      throw namePath(error, this.path);
    }
  }
}
