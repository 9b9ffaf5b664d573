/**
 * Calls on the names in a run folder: made at once where the disk is this machine's own (`isOnLocalDisk`), and by a
 * thread on any other.
 */
import { lstatSync, renameSync, statSync, type Stats, unlinkSync } from 'node:fs';
import { rename, rm, stat, unlink } from 'node:fs/promises';
import { makeFolder as makeFolderByThread, makeFolderNow } from './make-folder.js';

/** @returns whether the folder was not there before: then nothing is in it */
export async function makeFolder(path: string, isLocal: boolean): Promise<boolean> {
  return isLocal ? makeFolderNow(path) : await makeFolderByThread(path);
}

export async function renameFile(from: string, to: string, isLocal: boolean): Promise<void> {
  if (isLocal) renameSync(from, to);
  else await rename(from, to);
}

/** A file where there is one. */
export async function removeFile(path: string, isLocal: boolean): Promise<void> {
  try {
    if (isLocal) unlinkSync(path);
    else await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** A folder with all that is in it, where there is one. */
export async function removeFolder(path: string, isLocal: boolean): Promise<void> {
  if (isLocal && lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  await rm(path, { recursive: true, force: true });
}

/** Null where there is nothing, or nobody may look. */
export async function statIfThere(path: string, isLocal: boolean): Promise<Stats | null> {
  try {
    return isLocal ? (statSync(path, { throwIfNoEntry: false }) ?? null) : await stat(path);
  } catch {
    return null;
  }
}
