import { FsaError, toFsaError } from '../../errors.js';

/** Trouble with the disk, told with the path, so that it is never taken for trouble with the network. */
export function storageError(path: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !('code' in thrown) || thrown instanceof FsaError) return thrown;
  const known = toFsaError(Object.assign(thrown, { path }));
  if (known.code === 'STORAGE') return known;
  return new FsaError('STORAGE', `A file on its way could not be written or read: ${thrown.message}.`, {
    where: path,
    cause: thrown,
  });
}
