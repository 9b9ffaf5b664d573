/** JSON files of a run folder, whole or not at all. */
import { basename } from 'node:path';
import { FsaError } from '../errors.js';
import { readTextIfThere } from '../storage/read-text.js';

/**
 * A JSON file as its parser gives it; null where there is no file.
 * @throws FsaError RUN_FOLDER where it is damaged, or of a newer version
 */
export async function readChecked<T>(
  path: string,
  parse: (text: string) => T,
  advice: string,
): Promise<T | null> {
  const text = await readTextIfThere(path);
  if (text === null) return null;
  try {
    return parse(text);
  } catch (cause) {
    refuseNewer(path, text);
    throw new FsaError(
      'RUN_FOLDER',
      `${basename(path)} is not what fsa wrote: it is damaged or was edited.`,
      { where: path, advice, cause },
    );
  }
}

/** A file of a later version is whole, and nobody should restore it. @throws FsaError RUN_FOLDER */
function refuseNewer(path: string, text: string): void {
  const schema = /^\{\s*"schema":\s*(\d+)\b/.exec(text)?.[1];
  if (schema === undefined || Number(schema) <= 1) return;
  throw new FsaError('RUN_FOLDER', `${basename(path)} was written by a newer version of fsa.`, {
    where: path,
    advice: `Use that version: this one reads schema 1, and the file is of schema ${schema}.`,
  });
}
