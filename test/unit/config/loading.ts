/** Settings as a file and as words, loaded in a folder of the test's own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig, type LoadOptions } from '../../../src/config/load.js';
import { isFsaError, type FsaError } from '../../../src/errors.js';

export async function loadIn(folder: string, yaml: string | null, options: Partial<LoadOptions> = {}) {
  if (yaml !== null) await writeFile(join(folder, 'fsa.yaml'), yaml);
  return await loadConfig({
    preset: 'paper',
    cwd: folder,
    ...(yaml === null ? {} : { file: 'fsa.yaml' }),
    ...options,
  });
}

export async function refusalIn(
  folder: string,
  yaml: string | null,
  options: Partial<LoadOptions> = {},
): Promise<FsaError> {
  try {
    await loadIn(folder, yaml, options);
  } catch (error) {
    if (isFsaError(error)) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}
