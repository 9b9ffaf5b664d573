/** Whether a path leads to something; what stands in the way (no right to look, a file as a folder) counts as nothing. */
import { stat } from 'node:fs/promises';

export async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

export async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
