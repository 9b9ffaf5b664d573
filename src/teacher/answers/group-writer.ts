/**
 * Lines appended to a file in groups: all that come while one group is being synced make the next one. A line's
 * promise resolves when it is on the disk. A full disk is waited for; meanwhile everything stays in memory.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { namePath, writeAll } from '../../storage/file-handle.js';

interface Waiting {
  readonly line: string;
  readonly synced: boolean;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** How long a full disk is waited for, and how often it is tried. */
const FULL_DISK_PATIENCE_MS = 60_000;
const FULL_DISK_RETRY_MS = 1000;

export class GroupWriter {
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;
  #end: number;

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private position: number,
    private readonly onFullDisk: () => void,
  ) {
    this.#end = position;
  }

  /** @param onFullDisk called once each time the disk is found full */
  static async open(path: string, onFullDisk: () => void): Promise<GroupWriter> {
    const file = await open(path, 'a+');
    const { size } = await file.stat();
    // Positions are ours: an append that a full disk cut short is written over.
    await file.close();
    return new GroupWriter(path, await open(path, 'r+'), size, onFullDisk);
  }

  /** Bytes in the file and on their way into it: where the next line will begin. */
  get size(): number {
    return this.#end;
  }

  /** @param synced whether it must survive the machine, not only the process */
  async add(line: string, synced: boolean): Promise<void> {
    await new Promise<void>((done, failed) => {
      this.#end += Buffer.byteLength(line);
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
      try {
        const bytes = Buffer.from(group.map(({ line }) => line).join(''), 'utf8');
        await this.#writePatiently(bytes);
        if (group.some(({ synced }) => synced)) await this.file.datasync();
        for (const { done } of group) done();
      } catch (error) {
        for (const { failed } of group) failed(namePath(error, this.path));
      }
    }
    this.#writing = null;
  }

  async #writePatiently(bytes: Buffer): Promise<void> {
    const giveUpAtMs = performance.now() + FULL_DISK_PATIENCE_MS;
    for (let told = false; ; ) {
      try {
        await writeAll(this.file, bytes, this.position);
        this.position += bytes.length;
        return;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if ((code !== 'ENOSPC' && code !== 'EDQUOT') || performance.now() > giveUpAtMs) throw error;
        if (!told) this.onFullDisk();
        told = true;
        await sleep(FULL_DISK_RETRY_MS);
      }
    }
  }
}
