/** One setup at a time per folder; the others wait for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { lockingOfFolders } from '../config/environment.js';
import { FsaError, isFsaError } from '../errors.js';
import { lockFolder, type FolderLock } from '../storage/folder-lock.js';
import { cancelled } from './cancelled.js';
import { makeFolder } from '../storage/make-folder.js';

const LOOK_AGAIN_MS = 300;
/** Longer than a setup over a slow line; the holder may be on a machine that is gone. */
const PATIENCE_MS = 2 * 60 * 60 * 1000;

/**
 * Runs `work` while holding the folder's lock, which ends with this process whatever happens to it.
 * @param onWait called once, in a sentence, that another process is being waited for
 * @throws FsaError CANCELLED when `signal` fires while waiting
 */
export async function withFolderLock<T>(
  folder: string,
  onWait: (holder: string) => void,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await makeFolder(folder);
  const lock = await waitForLock(folder, onWait, signal);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function waitForLock(
  folder: string,
  onWait: (holder: string) => void,
  signal?: AbortSignal,
): Promise<FolderLock> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let told = false; ; told = true) {
    if (signal?.aborted === true) throw cancelled();
    try {
      return await lockFolder(folder, lockingOfFolders());
    } catch (error) {
      if (!isFsaError(error) || error.code !== 'RUN_FOLDER') throw error;
      if (performance.now() > deadline) {
        throw new FsaError('RUNTIME', error.message, {
          where: folder,
          advice: error.advice ?? '',
          cause: error,
        });
      }
      if (!told) onWait(error.message);
    }
    await sleep(LOOK_AGAIN_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}
