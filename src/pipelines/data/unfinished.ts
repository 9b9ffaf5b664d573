/**
 * Several new files that belong together cannot get their names in one step. Until the last one has its name a
 * note in the folder says which they are, so that the next run clears away what a killed one left.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { hostname } from 'node:os';
import { z } from 'zod';
import { FsaError } from '../../errors.js';
import { jsonOrNull } from '../../storage/json-or-null.js';
import { writeJsonAtomic } from '../../storage/atomic-write.js';
import { isProcessAlive } from '../../storage/process-alive.js';
import { makeFolder } from '../../storage/make-folder.js';

const NAME = '.fsa-unfinished.json';
const noteSchema = z.object({ host: z.string(), pid: z.int(), files: z.array(z.string()) });

/** Notes the files that are about to be made; the function returned takes the note away. */
export async function noteUnfinished(folder: string, files: readonly string[]): Promise<() => Promise<void>> {
  await makeFolder(folder);
  const path = join(folder, NAME);
  const names = files.map((file) => relative(folder, file));
  await writeJsonAtomic(path, { host: hostname(), pid: process.pid, files: names });
  return async () => await rm(path, { force: true });
}

/**
 * Clears away what a killed run left in a folder: only files that its note names, and their halves.
 * @throws FsaError DATA where that run is still at work
 */
export async function sweepUnfinished(folder: string): Promise<void> {
  const path = join(folder, NAME);
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return;
  const note = noteSchema.safeParse(jsonOrNull(text)).data ?? { host: '', pid: 0, files: [] };
  if (note.host === hostname() && note.pid !== process.pid && isProcessAlive(note.pid)) {
    throw new FsaError('DATA', `Another fsa (process ${note.pid}) is writing into this folder.`, {
      where: folder,
      advice: 'Wait for it, or name another folder.',
    });
  }
  for (const name of note.files) {
    const file = resolve(folder, name);
    if (!file.startsWith(resolve(folder) + sep)) continue;
    await rm(file, { force: true });
    const halves = await readdir(dirname(file)).catch(() => []);
    for (const half of halves)
      if (half.startsWith(`.${basename(file)}.`) && half.endsWith('.tmp'))
        await rm(join(dirname(file), half), { force: true });
  }
  await rm(path, { force: true });
}
