/**
 * Makes a runtime: a virtual environment in a folder of its own, pip in two steps, every version compared
 * with the lock, and `runtime.json` last. Until that file names the new environment nothing uses it, so a
 * half-made one is never taken for whole, and an older one serves until the new one is ready.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Emit } from '../events.js';
import { FsaError } from '../errors.js';
import { writeJsonAtomic } from '../storage/atomic-write.js';
import type { BasePython } from './find-python.js';
import { hashLock, pythonIn, readRuntimeAt, type Runtime, type RuntimeRecord } from './locate.js';
import { inspectPackages } from './inspect.js';
import { cancelled } from './cancelled.js';
import { pipInstall } from './pip.js';
import { nameEnvironment } from './sweep.js';
import { makeFolder } from '../storage/make-folder.js';

export interface Recipe {
  /** Where `runtime.json` and the environment go. */
  readonly folder: string;
  readonly lockPath: string;
  readonly base: BasePython;
  readonly torchIndexUrl: string | null;
  readonly offlineWheels: string | null;
  /** A whole runtime whose packages are seen from this one; null installs everything here. */
  readonly onTopOf: Runtime | null;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the environment and points `runtime.json` at it. The caller holds the folder's lock.
 * @throws FsaError RUNTIME with what pip or Python said, or CANCELLED
 */
export async function createRuntime(recipe: Recipe): Promise<Runtime> {
  const venv = nameEnvironment();
  const python = pythonIn(join(recipe.folder, venv));
  await makeVenv(recipe, join(recipe.folder, venv));
  await installPackages(recipe, python, join(recipe.folder, venv));
  const record = await reportStep(recipe, 'verify', 'each version against the lock', () =>
    verify(recipe, python, venv),
  );
  await writeJsonAtomic(join(recipe.folder, 'runtime.json'), record);
  return await readRuntimeAt(recipe.folder, record.lockHash);
}

async function makeVenv(recipe: Recipe, venvFolder: string): Promise<void> {
  const { executable, version } = recipe.base;
  await reportStep(recipe, 'venv', `Python ${version} (${executable})`, async () => {
    await makeFolder(recipe.folder);
    const result = await execa(executable, ['-I', '-m', 'venv', venvFolder], {
      reject: false,
      stdin: 'ignore',
      ...(recipe.signal === undefined ? {} : { cancelSignal: recipe.signal }),
    });
    if (result.isCanceled) throw cancelled();
    if (!result.failed) return;
    throw new FsaError('RUNTIME', 'Python could not make a virtual environment.', {
      where: venvFolder,
      problems: `${result.stdout}\n${result.stderr}`.split('\n').filter((line) => line.trim() !== ''),
      advice:
        'On Debian and Ubuntu the package python3-venv is needed; elsewhere try another Python with --python.',
      cause: result,
    });
  });
}

/**
 * The hashed packages come first, so that torch finds its own requirements met and adds only what its
 * build for this machine brings along.
 */
async function installPackages(recipe: Recipe, python: string, venvFolder: string): Promise<void> {
  const { torch, hashed } = splitLock(await readFile(recipe.lockPath, 'utf8'));
  const requirements = join(venvFolder, 'requirements.txt');
  await writeFile(requirements, hashed);
  const common = { python, offlineWheels: recipe.offlineWheels, signal: recipe.signal };
  await reportStep(recipe, 'packages', 'with their hashes', (onLine) =>
    pipInstall(['--require-hashes', '--no-deps', '-r', requirements], {
      ...common,
      what: 'the pinned packages',
      onLine,
    }),
  );
  if (recipe.onTopOf !== null) await seePackagesOf(recipe.onTopOf, python);
  if (torch === null) return;
  const index = recipe.torchIndexUrl === null ? [] : ['--index-url', recipe.torchIndexUrl];
  await reportStep(recipe, 'torch', torch, (onLine) =>
    pipInstall([...index, torch], { ...common, what: torch, onLine }),
  );
}

/**
 * Lets one environment see another's packages, by a path file that Python's `site` reads. The setuptools
 * that old Pythons put into every new environment would hide the pinned one.
 */
async function seePackagesOf(below: Runtime, python: string): Promise<void> {
  await execa(python, ['-I', '-m', 'pip', 'uninstall', '--yes', '--quiet', 'setuptools'], { reject: false });
  const program = 'import sysconfig; print(sysconfig.get_path("purelib"))';
  const [above, under] = await Promise.all(
    [python, below.python].map(async (each) => (await execa(each, ['-I', '-c', program])).stdout.trim()),
  );
  await writeFile(join(above ?? '', 'fsa-runtime.pth'), `${under}\n`);
}

/** torch's requirement, and everything else as the lock has it. */
export function splitLock(text: string): { torch: string | null; hashed: string } {
  const lines = text.split(/\r?\n/);
  return {
    torch: lines.find((line) => line.startsWith('torch=='))?.trim() ?? null,
    hashed: lines.filter((line) => !line.startsWith('torch==')).join('\n'),
  };
}

async function verify(recipe: Recipe, python: string, venv: string): Promise<RuntimeRecord> {
  const { checks, packages, pythonVersion } = await inspectPackages(python, [recipe.lockPath], recipe.signal);
  const wrong = checks.filter(({ ok }) => !ok);
  if (wrong.length > 0) {
    throw new FsaError('RUNTIME', 'pip installed other versions than the lock names.', {
      where: recipe.lockPath,
      problems: wrong.map(({ name, wanted, found }) => `${name}: wanted ${wanted}, found ${found ?? 'none'}`),
      advice: 'Look for pins or constraints in the settings of pip (`pip config list`).',
    });
  }
  return {
    schema: 1,
    lockHash: await hashLock(recipe.lockPath),
    packages,
    pythonVersion,
    basePython: recipe.base.executable,
    torchIndexUrl: recipe.torchIndexUrl,
    venv,
    createdAt: new Date().toISOString(),
  };
}

async function reportStep<T>(
  { emit, signal }: Recipe,
  step: string,
  detail: string,
  work: (onLine: (line: string) => void) => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  emit({ type: 'setup-step', step, state: 'started', detail });
  if (signal?.aborted === true) throw cancelled();
  const result = await work((line) => emit({ type: 'setup-step', step, state: 'started', detail: line }));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  emit({ type: 'setup-step', step, state: 'done', detail: `${seconds} s` });
  return result;
}
