/** An older run makes room: its folder gets another name beside its own, and nothing in it is touched. */
import { mkdir, realpath, rename } from 'node:fs/promises';
import { FsaError } from '../errors.js';

/**
 * Leaves an empty folder in its place. Where `folder` is a link, what it leads to is renamed: the new run lies on the
 * same disk.
 * @returns where the old run lies now
 * @throws FsaError RUN_FOLDER where its folder cannot get another name, such as one that a disk is mounted on
 */
export async function setAside(folder: string): Promise<string> {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const from = await realpath(folder);
  const to = `${from}.${stamp}`;
  try {
    await rename(from, to);
  } catch (cause) {
    const reason = REASONS[(cause as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw cause;
    throw new FsaError('RUN_FOLDER', `The older run cannot be set aside: ${reason}.`, {
      where: from,
      advice:
        'Choose another folder with --output, such as a new one in this, or move the older run yourself.',
      cause,
    });
  }
  await mkdir(from);
  return to;
}

const REASONS: Readonly<Record<string, string>> = {
  EBUSY: 'a disk is mounted on its folder, or the system uses it',
  EXDEV: 'its folder lies on another disk than its name',
  EACCES: 'the folder that it lies in may not be written to',
  EPERM: 'the folder that it lies in may not be written to',
  EROFS: 'the folder that it lies in may not be written to',
};
