/** Whether places see our files: a file with a word in it is written here and looked for there. */
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../storage/make-folder.js';

export class DiskProbe {
  readonly #path: string;
  readonly #word = randomBytes(16).toString('hex');
  #written: Promise<void> | null = null;
  #unseen = false;

  constructor(
    private readonly folder: string,
    private readonly setting: 'auto' | 'yes' | 'no',
  ) {
    this.#path = join(folder, `probe-${this.#word.slice(0, 8)}`);
  }

  /** As far as is known. */
  get sharesDisk(): boolean {
    return this.setting === 'yes' || (this.setting === 'auto' && !this.#unseen);
  }

  /** What a worker should find where; null where it need not look. */
  async word(): Promise<{ readonly path: string; readonly word: string } | null> {
    if (this.setting === 'no') return null;
    this.#written ??= this.#write();
    await this.#written;
    return { path: this.#path, word: this.#word };
  }

  /** A ticket was not read, though its job has come and gone: the next ones do not go by files. */
  unseen(onWarning: (message: string) => void): void {
    if (!this.sharesDisk || this.setting === 'yes') return;
    this.#unseen = true;
    onWarning(
      'A place did not read its ticket: from now on nothing is expected to be seen there, and files are sent.',
    );
  }

  async close(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  async #write(): Promise<void> {
    await makeFolder(this.folder, { mode: 0o700 });
    await writeFile(this.#path, `${this.#word}\n`, { mode: 0o600 });
  }
}
