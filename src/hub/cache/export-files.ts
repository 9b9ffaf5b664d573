/**
 * Puts files of the cache where the user wants plain ones. Where the file system can, they share their
 * blocks until one is changed; else they are hard links, made read-only so that an edit cannot reach the
 * cache; else copies. A file of the user's that differs is never replaced without being asked.
 */
import { randomBytes } from 'node:crypto';
import { chmod, constants, copyFile, link, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { FsaError } from '../../errors.js';
import { hashFile, type Digest } from '../api/digest.js';
import { makeFolder } from '../../storage/make-folder.js';

export interface FileToExport {
  readonly path: string;
  readonly bytes: number;
  readonly digest: Digest;
  /** Where the checked content lies now. */
  readonly source: string;
}

/**
 * @param folder target folder; made where it is missing
 * @param force replace files that differ
 * @throws FsaError DATA naming the files that are there and differ
 */
export async function exportFiles(
  files: readonly FileToExport[],
  folder: string,
  { force, signal }: { force: boolean; signal: AbortSignal },
): Promise<void> {
  const missing: FileToExport[] = [];
  const different: string[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    const state = await stateOf(file, join(folder, ...file.path.split('/')), signal);
    if (state !== 'same') missing.push(file);
    if (state === 'different') different.push(file.path);
  }
  if (different.length > 0 && !force) throw refuseToReplace(different, folder);
  for (const file of missing) {
    signal.throwIfAborted();
    await exportFile(file, folder);
  }
}

export function refuseToReplace(paths: readonly string[], folder: string): FsaError {
  return new FsaError('DATA', 'Files with other content are already there.', {
    where: folder,
    problems: paths.slice(0, 10).map((path) => `${path} differs from what was downloaded`),
    advice: 'Move them away, choose another folder with --to, or replace them with --force.',
  });
}

async function stateOf(
  { bytes, digest, source }: FileToExport,
  target: string,
  signal: AbortSignal,
): Promise<'missing' | 'same' | 'different'> {
  const info = await stat(target).catch(() => null);
  if (info === null) return 'missing';
  if (!info.isFile() || info.size !== bytes) return 'different';
  const original = await stat(source);
  if (original.ino === info.ino && original.dev === info.dev) return 'same';
  return (await hashFile(target, digest, bytes, signal)) === digest.hex ? 'same' : 'different';
}

async function exportFile({ path, source }: FileToExport, folder: string): Promise<void> {
  const target = join(folder, ...path.split('/'));
  await makeFolder(dirname(target));
  await checkInside(dirname(target), folder, path);
  // The blob itself may be a link into a store shared by several repositories.
  const content = await realpath(source);
  const fresh = `${target}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await shareOrCopy(content, fresh);
    await rename(fresh, target);
  } finally {
    // Renaming a hard link onto another name of the same file does nothing, not even to the first name.
    await rm(fresh, { force: true });
  }
}

async function shareOrCopy(source: string, target: string): Promise<void> {
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE);
    return;
  } catch {
    await rm(target, { force: true });
  }
  try {
    await link(source, target);
    await chmod(target, 0o444);
  } catch {
    await rm(target, { force: true });
    await copyFile(source, target);
  }
}

/** @throws FsaError DOWNLOAD when a link inside the folder leads out of it */
export async function checkInside(inner: string, folder: string, path: string): Promise<void> {
  const root = await realpath(folder);
  const real = await realpath(inner);
  if (real === root || real.startsWith(root + sep)) return;
  throw new FsaError('DOWNLOAD', `${path} would be written outside its folder, through a link.`, {
    where: folder,
    advice: 'Remove the link, or choose another folder with --to.',
  });
}
