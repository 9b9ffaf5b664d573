/** A venv with the real MLflow and TensorBoard, made once from a pinned list: neither belongs to the runtime. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { cacheFolder } from '../../src/config/environment.js';
import { hashFile } from '../../src/storage/digest.js';
import { runtimePython } from './python.js';

const REQUIREMENTS = resolve(import.meta.dirname, '../fixtures/trackers/requirements.txt');

/** Folder with the venv's programs: `python`, `mlflow`. */
export async function trackersBin(): Promise<string> {
  const folder = join(cacheFolder(), 'tests', `trackers-${(await hashFile(REQUIREMENTS)).slice(0, 12)}`);
  const done = join(folder, 'bin');
  if (existsSync(join(folder, 'whole'))) return done;
  await mkdir(dirname(folder), { recursive: true });
  await rm(folder, { recursive: true, force: true });
  await execa(await runtimePython(), ['-m', 'venv', folder]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
  await execa(join(done, 'python'), pip);
  await mkdir(join(folder, 'whole.made'));
  await rename(join(folder, 'whole.made'), join(folder, 'whole'));
  return done;
}
