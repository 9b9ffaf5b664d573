/** What results.json lists as missing, without reading the numbers before it: of ten thousand cells they are 80 megabytes. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { readResults } from './run-folder.js';
import { resultsFileSchema, type ResultsFile } from './types.js';

/** The list stands at the end, in a line of its own; no text in JSON holds a line break. */
const MARK = '\n"missing": ';
const FIRST_BYTES = 64 * 1024;

/** Empty where there is no file or none that can be read. */
export async function readMissing(folder: string): Promise<ResultsFile['missing']> {
  const tail = await readTail(join(folder, 'results.json')).catch(() => null);
  // Versions before this one wrote the list in among the rest.
  if (tail === null) return (await readResults(folder).catch(() => null))?.missing ?? [];
  try {
    const { missing } = JSON.parse(`{${tail}`) as { missing?: unknown };
    return resultsFileSchema.shape.missing.parse(missing);
  } catch {
    return [];
  }
}

/** The file from the mark on; null where it has none. */
async function readTail(path: string): Promise<string | null> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    for (let length = Math.min(FIRST_BYTES, size); ; length = Math.min(4 * length, size)) {
      const bytes = Buffer.alloc(length);
      await file.read(bytes, 0, length, size - length);
      const at = bytes.lastIndexOf(MARK);
      if (at >= 0) return bytes.subarray(at).toString();
      if (length === size) return null;
    }
  } finally {
    await file.close();
  }
}
