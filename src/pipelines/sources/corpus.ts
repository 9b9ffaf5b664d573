/** Where a corpus comes from: files, folders and globs here, or a dataset repository in the hub's cache. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expandCorpus } from '../../data/corpus/corpus.js';
import { isRepositoryId } from '../../hub/api/repository.js';
import { findInCache } from '../../hub/cache/find.js';

/**
 * The files of a corpus, sorted, each once.
 * @param names paths, globs, and ids of dataset repositories that were downloaded with `fsa download corpus`
 * @throws FsaError DATA naming everything that nothing was found for, with the command that downloads it
 */
export async function findCorpus(names: readonly string[], cwd: string): Promise<string[]> {
  const places: string[] = [];
  for (const name of names) {
    const isPath = !isRepositoryId(name) || existsSync(resolve(cwd, name));
    places.push(isPath ? name : ((await findInCache(name, 'dataset')) ?? name));
  }
  return await expandCorpus(places, cwd);
}
