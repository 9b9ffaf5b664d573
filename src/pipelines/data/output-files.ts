/** Folders that new data files go to: named after the old ones, and never among them. */
import { realpathSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, relative, sep } from 'node:path';
import { hashBytes } from '../../storage/digest.js';
import { isProcessAlive } from '../../storage/process-alive.js';
import { cacheFolder } from '../../config/environment.js';
import { FsaError } from '../../errors.js';
import { makeFolder } from '../../storage/make-folder.js';

/** Paths below the nearest folder that holds all files, so that no two share a name. */
export function namesBelow(files: readonly string[]): (file: string) => string {
  let common = dirname(files[0] ?? '');
  while (files.some((file) => !file.startsWith(common.endsWith(sep) ? common : common + sep))) {
    common = dirname(common);
  }
  return (file) => (files.length === 1 ? basename(file) : relative(common, file));
}

/** @throws FsaError USAGE where the folder is a file, or holds files that are read */
export function refuseInput(out: string, files: readonly string[]): void {
  if (statSync(out, { throwIfNoEntry: false })?.isFile() === true) {
    throw new FsaError('USAGE', 'The new files need a folder, and this is a file.', { where: out });
  }
  const inside = files.find((file) => realpathSync(file).startsWith(join(out, sep)));
  if (inside === undefined) return;
  throw new FsaError('USAGE', 'The folder for the new files holds files that are read.', {
    where: inside,
    advice: 'Name another folder: the files themselves are never changed.',
  });
}

/** Runs work with a folder of its own on the cache's disk, which is gone afterwards. */
export async function withScratchFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(cacheFolder(), 'scratch');
  await makeFolder(parent);
  await sweepScratch(parent);
  const folder = await mkdtemp(join(parent, `${scratchMark()}${process.pid}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Names of scratch folders tell host and process, so that what a killed process left can be told apart. */
const scratchMark = (): string => `data-${hashBytes(hostname()).slice(0, 8)}-`;

async function sweepScratch(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(scratchMark())) continue;
    const pid = Number(name.slice(scratchMark().length).split('-')[0]);
    if (!isProcessAlive(pid)) await rm(join(parent, name), { recursive: true, force: true });
  }
}
