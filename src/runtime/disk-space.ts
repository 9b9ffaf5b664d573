/** How much room a Python runtime needs on the disk. */
import { FsaError } from '../errors.js';

const GIB = 1024 ** 3;
/** What the smallest runtime takes on disk (torch for the CPU, 1.2 GiB) and pip's copies meanwhile. */
const LEAST_BYTES = 2 * GIB;
/** What a CUDA build takes the same way. */
const CUDA_BYTES = 10 * GIB;

/**
 * A warning when a CUDA build of torch would not fit, null when all is well.
 * @throws FsaError STORAGE when no runtime fits
 */
export function judgeSpaceForRuntime(folder: string, freeBytes: number): string | null {
  if (freeBytes < LEAST_BYTES) {
    throw new FsaError(
      'STORAGE',
      `The Python runtime needs ${formatGib(LEAST_BYTES)} and only ${formatGib(freeBytes)} are free.`,
      {
        where: folder,
        advice: 'Free some space, or choose another disk with FSA_CACHE.',
      },
    );
  }
  if (freeBytes >= CUDA_BYTES) return null;
  return `Only ${formatGib(freeBytes)} are free: a CUDA build of torch takes up to ${formatGib(CUDA_BYTES)}.`;
}

/** `7.5 GiB`. */
export function formatGib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
