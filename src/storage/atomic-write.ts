/**
 * Files that are whole or not there: written beside their place, synced, compared in size, renamed.
 * A full disk or a kill leaves the old content under the final name.
 */
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { FsaError } from '../errors.js';
import { basename, dirname, join } from 'node:path';
import { namePath, writeAll } from './file-handle.js';

/** A file's content: whole, or made while it is written. */
type Content = string | Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Replaces a file's content in one step, durably.
 * @param isNameSynced whether the name survives a failure of power, too; no need where another write to the folder
 *   follows on which everything hangs
 * @returns size, date and inode of the file as it is now
 * @throws the file system's error (`ENOSPC`, `EACCES`, …) with the old content untouched, and what
 *   `requireReplaceable` throws
 */
export async function writeFileAtomic(path: string, content: Content, isNameSynced = true): Promise<Stats> {
  await requireReplaceable(path);
  const temporary = temporaryPath(path);
  try {
    const file = await writeSynced(
      temporary,
      typeof content === 'string' ? Buffer.from(content, 'utf8') : content,
    );
    await rename(temporary, path);
    if (isNameSynced) await syncFolder(dirname(path));
    return file;
  } catch (error) {
    await rm(temporary, { force: true });
    throw namePath(error, path);
  }
}

/**
 * A file may come in the place of a file. In that of a device, such as /dev/null, it would take it from the whole machine.
 * @throws FsaError USAGE where there is a folder, a device or a pipe
 */
export async function requireReplaceable(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null || found.isFile()) return;
  const what = found.isDirectory() ? 'a folder' : 'a device or a pipe';
  throw new FsaError('USAGE', `The file cannot be written: there is ${what} of that name.`, {
    where: path,
    advice: 'Name a new file, or one that may be replaced.',
  });
}

/** Writes an object as indented JSON, whole or not at all. */
export async function writeJsonAtomic(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** A name beside `path` that no other writer uses. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
}

/** Makes renames and new names in a folder durable; a no-op where folders cannot be opened (Windows). */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeSynced(path: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Stats> {
  const handle = await open(path, 'wx');
  try {
    const expected = await writeContent(handle, content);
    await handle.sync();
    const file = await handle.stat();
    if (file.size !== expected) throw new Error(`${path} holds ${file.size} of ${expected} bytes`);
    return file;
  } finally {
    await handle.close();
  }
}

/** @returns the bytes that the file should hold then */
async function writeContent(
  handle: FileHandle,
  content: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<number> {
  if (content instanceof Uint8Array) {
    await handle.writeFile(content);
    return content.byteLength;
  }
  let length = 0;
  for await (const bytes of content) {
    await writeAll(handle, bytes, length);
    length += bytes.byteLength;
  }
  return length;
}
