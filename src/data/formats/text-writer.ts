/** A text file written piece by piece that appears whole under its name, or not at all. */
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, temporaryPath } from '../../storage/atomic-write.js';

const FLUSH_UNITS = 1024 * 1024;

export class TextWriter {
  readonly path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  #pieces: string[] = [];
  #units = 0;

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  /** Makes the folder where it is missing. */
  static async create(path: string): Promise<TextWriter> {
    await mkdir(dirname(path), { recursive: true });
    const temporary = temporaryPath(path);
    return new TextWriter(path, temporary, await open(temporary, 'wx'));
  }

  async write(text: string): Promise<void> {
    this.#pieces.push(text);
    this.#units += text.length;
    if (this.#units >= FLUSH_UNITS) await this.#flush();
  }

  async finish(): Promise<void> {
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
    await rename(this.#temporary, this.path);
    await syncFolder(dirname(this.path));
  }

  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }

  async #flush(): Promise<void> {
    const text = this.#pieces.join('');
    this.#pieces = [];
    this.#units = 0;
    await this.#file.writeFile(text);
  }
}
