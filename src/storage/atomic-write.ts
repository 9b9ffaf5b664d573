/**
 * Files that are whole or not there: written beside their place, synced, compared in size, renamed.
 * A full disk or a kill leaves the old content under the final name.
 */
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { rm } from 'node:fs/promises';
import { FsaError } from '../errors.js';
import { basename, dirname, join } from 'node:path';
import { renameFile, statIfThere } from './disk-calls.js';
import { namePath } from './file-handle.js';
import { openFile } from './open-file.js';

/** A file's content: whole, or made while it is written. */
type Content = string | Uint8Array | AsyncIterable<Uint8Array>;

interface WriteOptions {
  /**
   * Whether the name survives a failure of power, too; no need where another write to the folder follows on which
   * everything hangs. It does unless it is said.
   */
  readonly isNameSynced?: boolean;
  /** Whether the disk is this machine's own; see local-disk.ts. */
  readonly isLocal?: boolean;
}

/**
 * Replaces a file's content in one step, durably.
 * @returns size, date and inode of the file as it is now
 * @throws the file system's error (`ENOSPC`, `EACCES`, …) with the old content untouched, and what
 *   `requireReplaceable` throws
 */
export async function writeFileAtomic(
  path: string,
  content: Content,
  { isNameSynced = true, isLocal = false }: WriteOptions = {},
): Promise<Stats> {
  await requireReplaceable(path, isLocal);
  const temporary = temporaryPath(path);
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    const file = await writeSynced(temporary, bytes, isLocal);
    await renameFile(temporary, path, isLocal);
    if (isNameSynced) await syncFolder(dirname(path), isLocal);
    return file;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw namePath(error, path);
  }
}

/**
 * A file may come in the place of a file. In that of a device, such as /dev/null, it would take it from the whole machine.
 * @throws FsaError USAGE where there is a folder, a device or a pipe
 */
export async function requireReplaceable(path: string, isLocal = false): Promise<void> {
  const found = await statIfThere(path, isLocal);
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

/** Tells the writers of one process number on several machines apart; of one process the count does. */
const WRITER = randomBytes(4).toString('hex');
let written = 0;

/** A name beside `path` that no other writer uses; errors.ts knows it, to tell of the file that was to be written. */
export function temporaryPath(path: string): string {
  written += 1;
  return join(dirname(path), `.${basename(path)}.${process.pid}-${WRITER}-${written}.tmp`);
}

/** Makes renames and new names in a folder durable; a no-op where folders cannot be opened (Windows). */
export async function syncFolder(folder: string, isLocal = false): Promise<void> {
  if (process.platform === 'win32') return;
  const file = await openFile(folder, 'r', isLocal);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeSynced(
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  isLocal: boolean,
): Promise<Stats> {
  const file = await openFile(path, 'wx', isLocal);
  try {
    let expected = 0;
    for await (const bytes of content instanceof Uint8Array ? [content] : content) {
      await file.write(bytes, expected);
      expected += bytes.byteLength;
    }
    await file.sync();
    const found = await file.stat();
    if (found.size !== expected) throw new Error(`${path} holds ${found.size} of ${expected} bytes`);
    return found;
  } finally {
    await file.close();
  }
}
