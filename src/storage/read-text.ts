/** A file that may not be there. */
import { readFile } from 'node:fs/promises';

/** Its text in UTF-8; null where there is no file. @throws what the system says where it cannot be read */
export async function readTextIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
