/** Room on the disk, asked before anything is fetched rather than found out in the middle. */
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FsaError } from '../errors.js';

/** Kept free beside what is fetched: file tables, listings, the journal of the file system. */
const SPARE_BYTES = 16 * 2 ** 20;

/** Bytes a user may still write where a folder is or will be. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(await nearestFolder(folder));
  return bavail * bsize;
}

/** Whether two folders, there or not yet, lie on one file system. */
export async function onOneDisk(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([nearestFolder(a), nearestFolder(b)]);
  return (await stat(first)).dev === (await stat(second)).dev;
}

/** @throws FsaError STORAGE when it does not fit */
export async function requireRoom(folder: string, neededBytes: number): Promise<void> {
  if (neededBytes <= 0) return;
  const free = await freeBytes(folder);
  if (free >= neededBytes + SPARE_BYTES) return;
  throw new FsaError(
    'STORAGE',
    `The download needs ${inWords(neededBytes)}, and ${inWords(free)} are free on this disk.`,
    { where: folder, advice: 'Free some space, or choose another disk with HF_HUB_CACHE or --to.' },
  );
}

async function nearestFolder(folder: string): Promise<string> {
  for (let path = folder; ; path = dirname(path)) {
    const info = await stat(path).catch(() => null);
    if (info !== null || dirname(path) === path) return path;
  }
}

const inWords = (bytes: number): string =>
  bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
