/**
 * Files that are whole or not there: written beside their place, synced, compared in size, renamed.
 * A full disk or a kill leaves the old content under the final name.
 */
import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { namePath, writeAll } from './file-handle.js';

/** A file's content: whole, or made while it is written. */
type Content = string | Uint8Array | AsyncIterable<string>;

/**
 * Replaces a file's content in one step, durably.
 * @throws the file system's error (`ENOSPC`, `EACCES`, …) with the old content untouched
 */
export async function writeFileAtomic(path: string, content: Content): Promise<void> {
  const temporary = temporaryPath(path);
  try {
    await writeSynced(temporary, typeof content === 'string' ? Buffer.from(content, 'utf8') : content);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw namePath(error, path);
  }
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

async function writeSynced(path: string, content: Uint8Array | AsyncIterable<string>): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    const expected = await writeContent(handle, content);
    await handle.sync();
    const { size } = await handle.stat();
    if (size !== expected) throw new Error(`${path} holds ${size} of ${expected} bytes`);
  } finally {
    await handle.close();
  }
}

/** @returns the bytes that the file should hold then */
async function writeContent(
  handle: FileHandle,
  content: Uint8Array | AsyncIterable<string>,
): Promise<number> {
  if (content instanceof Uint8Array) {
    await handle.writeFile(content);
    return content.byteLength;
  }
  let length = 0;
  for await (const part of content) {
    const bytes = Buffer.from(part, 'utf8');
    await writeAll(handle, bytes, length);
    length += bytes.byteLength;
  }
  return length;
}
