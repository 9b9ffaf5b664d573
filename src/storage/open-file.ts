/**
 * An open file of a run folder. Where the disk is this machine's own, its calls are made at once, but for waiting for
 * the disk itself, which a thread does everywhere.
 */
import {
  closeSync,
  fdatasync,
  fstatSync,
  fsync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { writeAll } from './file-handle.js';

const [syncAll, syncData] = [promisify(fsync), promisify(fdatasync)];

type Awaitable<T> = T | Promise<T>;

export interface OpenFile {
  /** Writes every byte at a position. */
  write(bytes: Uint8Array, position: number): Awaitable<void>;
  /** As `write`, of text of ASCII: where that can be, nobody makes bytes of it first. */
  writeAscii(text: string, position: number): Awaitable<void>;
  /** @returns how many bytes were read */
  read(into: Uint8Array, length: number, position: number): Awaitable<number>;
  truncate(bytes: number): Awaitable<void>;
  stat(): Awaitable<Stats>;
  /** Waits until all is on the disk, which a failure of power does not take back. */
  sync(): Promise<void>;
  /** As `sync`, of the content and what is needed to read it. */
  datasync(): Promise<void>;
  close(): Awaitable<void>;
}

/** @param isLocal of `isOnLocalDisk` */
export async function openFile(path: string, flags: number | string, isLocal: boolean): Promise<OpenFile> {
  return isLocal ? new LocalFile(openSync(path, flags)) : new RemoteFile(await open(path, flags));
}

class LocalFile implements OpenFile {
  constructor(private readonly descriptor: number) {}

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.byteLength; )
      done += writeSync(this.descriptor, bytes, done, bytes.byteLength - done, position + done);
  }

  writeAscii(text: string, position: number): void {
    for (let done = 0; done < text.length; )
      done += writeSync(this.descriptor, text.slice(done), position + done, 'latin1');
  }

  read(into: Uint8Array, length: number, position: number): number {
    return readSync(this.descriptor, into, 0, length, position);
  }

  truncate(bytes: number): void {
    ftruncateSync(this.descriptor, bytes);
  }

  stat(): Stats {
    return fstatSync(this.descriptor);
  }

  async sync(): Promise<void> {
    await syncAll(this.descriptor);
  }

  async datasync(): Promise<void> {
    await syncData(this.descriptor);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

class RemoteFile implements OpenFile {
  constructor(private readonly handle: FileHandle) {}

  async write(bytes: Uint8Array, position: number): Promise<void> {
    await writeAll(this.handle, bytes, position);
  }

  async writeAscii(text: string, position: number): Promise<void> {
    await this.write(Buffer.from(text, 'latin1'), position);
  }

  async read(into: Uint8Array, length: number, position: number): Promise<number> {
    return (await this.handle.read(into, 0, length, position)).bytesRead;
  }

  async truncate(bytes: number): Promise<void> {
    await this.handle.truncate(bytes);
  }

  async stat(): Promise<Stats> {
    return await this.handle.stat();
  }

  async sync(): Promise<void> {
    await this.handle.sync();
  }

  async datasync(): Promise<void> {
    await this.handle.datasync();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}
