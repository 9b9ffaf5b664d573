/**
 * Folders with all that lead to them. Node's own way, `mkdir` with `recursive`, goes round for ever on file systems that
 * answer ENOENT for a new name in a folder that is there (/proc, automounted homes), and says of a read-only disk that a
 * folder is missing.
 */
import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

interface FolderOptions {
  readonly mode?: number;
}

/**
 * @param options `mode` of folders that are made
 * @returns whether it was not there before: then nothing is in it
 * @throws the system's error, EEXIST where there is something else of that name
 */
export async function makeFolder(path: string, options: FolderOptions = {}): Promise<boolean> {
  try {
    await mkdir(path, options);
    return true;
  } catch (error) {
    if (isMissing(error) && dirname(path) !== path) {
      await makeFolder(dirname(path), options);
      return await mkdir(path, options).then(
        () => true,
        async (again: unknown) => await requireFolder(path, again),
      );
    }
    return await requireFolder(path, error);
  }
}

/** @returns false, as it was there */
async function requireFolder(path: string, error: unknown): Promise<false> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() === true) return false;
  throw error;
}

/** As `makeFolder`, in this thread. */
export function makeFolderNow(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (isMissing(error) && dirname(path) !== path) {
      makeFolderNow(dirname(path));
      try {
        mkdirSync(path);
        return true;
      } catch (again) {
        return requireFolderNow(path, again);
      }
    }
    return requireFolderNow(path, error);
  }
}

function requireFolderNow(path: string, error: unknown): false {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return false;
  throw error;
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
