/** A venv with programs that tests ask and the runtime does not have, made once from a pinned list. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { cacheFolder } from '../../src/config/environment.js';
import { hashFile } from '../../src/storage/digest.js';
import { runtimePython } from './python.js';

/**
 * Folder with the venv's programs: `python` and what the list brings.
 * @param requirements a pip list; the name of its folder names the venv
 */
export async function toolsBin(requirements: string): Promise<string> {
  const name = `${basename(dirname(requirements))}-${(await hashFile(requirements)).slice(0, 12)}`;
  const folder = join(cacheFolder(), 'tests', name);
  const done = join(folder, 'bin');
  if (existsSync(join(folder, 'whole'))) return done;
  await mkdir(dirname(folder), { recursive: true });
  await rm(folder, { recursive: true, force: true });
  await execa(await runtimePython(), ['-m', 'venv', folder]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  await execa(join(done, 'python'), pip);
  await mkdir(join(folder, 'whole.made'));
  await rename(join(folder, 'whole.made'), join(folder, 'whole'));
  return done;
}
