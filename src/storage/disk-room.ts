/** Room on a disk, asked before much is written rather than found out in the middle. */
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FsaError } from '../errors.js';

/** Kept free beside what is written: file tables, listings, the journal of the file system. */
const SPARE_BYTES = 16 * 2 ** 20;

/** Bytes this user may still write where a folder is or will be. */
export async function freeBytesAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(await nearestFolder(folder));
  return bavail * bsize;
}

/** Whether two folders, there or not yet, lie on one file system. */
export async function onOneDisk(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([nearestFolder(a), nearestFolder(b)]);
  return (await stat(first)).dev === (await stat(second)).dev;
}

async function nearestFolder(folder: string): Promise<string> {
  for (let path = folder; ; path = dirname(path)) {
    const info = await stat(path).catch(() => null);
    if (info !== null || dirname(path) === path) return path;
  }
}

export function fitsInto(freeBytes: number, neededBytes: number): boolean {
  return neededBytes <= 0 || neededBytes + SPARE_BYTES <= freeBytes;
}

interface DiskSpaceOptions {
  /** Bytes free in the folder; asked of the file system unless known. */
  readonly freeBytes?: number;
  /** How the user chooses another disk. */
  readonly otherDisk?: string;
}

/**
 * Asks whether what is to be written fits.
 * @param what `The prepared corpus`: begins the sentence
 * @param folder where it will lie; need not be there yet
 * @throws FsaError STORAGE when it does not fit
 */
export async function requireDiskSpace(
  what: string,
  folder: string,
  neededBytes: number,
  { freeBytes, otherDisk = 'FSA_CACHE' }: DiskSpaceOptions = {},
): Promise<void> {
  if (neededBytes <= 0) return;
  const free = freeBytes ?? (await freeBytesAt(folder));
  if (fitsInto(free, neededBytes)) return;
  throw new FsaError(
    'STORAGE',
    `${what} needs about ${inWords(neededBytes)}, with ${inWords(SPARE_BYTES)} to spare, and ${inWords(free, 'floor')} are free on this disk.`,
    { where: folder, advice: `Free some space, or choose another disk with ${otherDisk}.` },
  );
}

/** `12 MiB`, rounded up unless said otherwise, or `3.4 GiB`. */
export function inWords(bytes: number, round: 'ceil' | 'floor' = 'ceil'): string {
  return bytes < 2 ** 30 ? `${Math[round](bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
