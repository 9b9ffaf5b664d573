/** Room for a download, asked before anything is fetched rather than found out in the middle. */
import { FsaError } from '../../errors.js';
import { fitsInto, freeBytesAt, inWords } from '../../storage/disk-room.js';

/** @throws FsaError STORAGE when it does not fit */
export async function requireRoom(folder: string, neededBytes: number): Promise<void> {
  if (neededBytes <= 0) return;
  const free = await freeBytesAt(folder);
  if (fitsInto(free, neededBytes)) return;
  throw new FsaError(
    'STORAGE',
    `The download needs ${inWords(neededBytes)}, and ${inWords(free)} are free on this disk.`,
    { where: folder, advice: 'Free some space, or choose another disk with HF_HUB_CACHE or --to.' },
  );
}
