/**
 * Lines appended to a file in groups: all that come while one group is being synced make the next one. A line's
 * promise resolves when it is on the disk. A full disk is waited for; meanwhile everything stays in memory. One that
 * stays full is given up: each answer that still finds room is kept, and of the others nothing is left in the file.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { namePath, writeAll } from '../../storage/file-handle.js';

interface Waiting {
  readonly line: string;
  readonly synced: boolean;
  readonly done: (offset: number) => void;
  readonly failed: (error: unknown) => void;
}

/** How long a full disk is waited for, and how often it is tried. */
const FULL_DISK_PATIENCE_MS = 60_000;
const FULL_DISK_RETRY_MS = 1000;

export class GroupWriter {
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;
  /** Why the disk was given up. */
  #failure: unknown = null;

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private position: number,
    private readonly onFullDisk: () => void,
  ) {}

  /** @param onFullDisk called once each time the disk is found full */
  static async open(path: string, onFullDisk: () => void): Promise<GroupWriter> {
    const file = await open(path, 'a+');
    const { size } = await file.stat();
    // Positions are ours: an append that a full disk cut short is written over.
    await file.close();
    return new GroupWriter(path, await open(path, 'r+'), size, onFullDisk);
  }

  /**
   * @param synced whether it must survive the machine, not only the process
   * @returns where in the file the line begins
   */
  async add(line: string, synced: boolean): Promise<number> {
    return await new Promise<number>((done, failed) => {
      this.#waiting.push({ line, synced, done, failed });
      this.#writing ??= this.#writeGroups();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.file.sync();
    await this.file.close();
  }

  async #writeGroups(): Promise<void> {
    // A tick later, so that lines added together go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      if (this.#failure === null)
        await this.#writeGroup(group, true).catch((error: unknown) => (this.#failure = error));
      if (this.#failure !== null) await this.#rescue(group);
    }
    this.#writing = null;
  }

  /** Lines that must survive, each where it finds room. A question is not asked without a line of its own. */
  async #rescue(group: readonly Waiting[]): Promise<void> {
    for (const one of group) {
      if (one.synced) await this.#writeGroup([one], false).catch(one.failed);
      else one.failed(this.#failure);
    }
  }

  async #writeGroup(group: readonly Waiting[], isPatient: boolean): Promise<void> {
    const begin = this.position;
    try {
      await this.#write(Buffer.from(group.map(({ line }) => line).join(''), 'utf8'), isPatient);
      if (group.some(({ synced }) => synced)) await this.file.datasync();
    } catch (error) {
      this.position = begin;
      await this.file.truncate(begin).catch(() => undefined);
      throw namePath(error, this.path);
    }
    let offset = begin;
    for (const { line, done } of group) {
      done(offset);
      offset += Buffer.byteLength(line);
    }
  }

  async #write(bytes: Buffer, isPatient: boolean): Promise<void> {
    const giveUpAtMs = performance.now() + (isPatient ? FULL_DISK_PATIENCE_MS : 0);
    for (let told = false; ; ) {
      try {
        await writeAll(this.file, bytes, this.position);
        this.position += bytes.length;
        return;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if ((code !== 'ENOSPC' && code !== 'EDQUOT') || performance.now() >= giveUpAtMs) throw error;
        if (!told) this.onFullDisk();
        told = true;
        await sleep(FULL_DISK_RETRY_MS);
      }
    }
  }
}
