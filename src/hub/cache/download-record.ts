/**
 * What was finished: `.fsa/<commit>.json` in the repository's cache folder names the files of the last
 * download that came to its end, so that a chosen few count as whole and an interrupted whole does not.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWithFolder, type CachedRepository } from './layout.js';

const recordSchema = z.object({ schema: z.literal(1), files: z.array(z.string()) });

const pathOf = (cached: CachedRepository, commit: string): string =>
  join(cached.folder, '.fsa', `${commit}.json`);

/** Paths of the finished download; null when there is no record. */
export async function readRecord(cached: CachedRepository, commit: string): Promise<string[] | null> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(pathOf(cached, commit), 'utf8'))).files;
  } catch {
    return null;
  }
}

export async function writeRecord(
  cached: CachedRepository,
  commit: string,
  files: readonly string[],
): Promise<void> {
  const earlier = (await readRecord(cached, commit)) ?? [];
  const all = [...new Set([...earlier, ...files])].sort();
  await writeWithFolder(pathOf(cached, commit), JSON.stringify({ schema: 1, files: all }));
}
