/** Where the pinned Python runtime lies and whether it is whole. */
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { cacheFolder } from '../config/environment.js';
import { PACKAGE_FOLDER } from '../config/package-folder.js';
import { FsaError } from '../errors.js';
import { jsonOrNull } from '../storage/json-or-null.js';
import { hashBytes } from '../storage/digest.js';
import { findForeignEntry, findForeignHand, type ForeignHand } from '../storage/foreign-hands.js';

export const PY_RUNTIME_FOLDER = join(PACKAGE_FOLDER, 'py_runtime');

export const LOCK_PATH = join(PY_RUNTIME_FOLDER, 'requirements.lock');
/** What tests and checks need on top; not part of the published package. */
export const DEV_LOCK_PATH = join(PY_RUNTIME_FOLDER, 'requirements-dev.lock');
/** What `fsa export` needs on top. */
export const EXPORT_LOCK_PATH = join(PY_RUNTIME_FOLDER, 'requirements-export.lock');

const runtimeFileSchema = z.object({
  schema: z.literal(1),
  lockHash: z.string(),
  /** Exact versions as installed, by canonical package name. */
  packages: z.record(z.string(), z.string()),
  pythonVersion: z.string(),
  /** The interpreter that the virtual environment was made from. */
  basePython: z.string(),
  torchIndexUrl: z.string().nullable(),
  /** Name of the virtual environment's folder: a runtime made anew gets a new one. */
  venv: z.string().regex(/^venv-[0-9a-f]+$/),
  createdAt: z.string(),
});

export type RuntimeRecord = z.infer<typeof runtimeFileSchema>;

/** A whole runtime: every package of the lock is there. */
export interface Runtime extends RuntimeRecord {
  readonly folder: string;
  /** Path of the interpreter. */
  readonly python: string;
}

/** SHA-256 of requirements.lock, the name of the runtime made from it; line endings do not count. */
export async function hashLock(path: string = LOCK_PATH): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new FsaError('RUNTIME', 'The lock file of the Python runtime is missing.', {
      where: path,
      advice: 'Install the fsa package again: files of it are gone.',
      cause,
    });
  }
  return hashBytes(text.replaceAll('\r\n', '\n'));
}

/** Folder of the runtime for this lock, whether or not it is there. */
export async function runtimeFolder(): Promise<string> {
  return join(runtimesFolder(), (await hashLock()).slice(0, 16));
}

/** Folder of the test tools that lie on top of the runtime, whether or not they are there. */
export async function devRuntimeFolder(): Promise<string> {
  return `${await runtimeFolder()}-dev-${(await hashLock(DEV_LOCK_PATH)).slice(0, 16)}`;
}

/** Folder of what `fsa export` needs on top of the runtime, whether or not it is there. */
export async function exportRuntimeFolder(): Promise<string> {
  return `${await runtimeFolder()}-export-${(await hashLock(EXPORT_LOCK_PATH)).slice(0, 16)}`;
}

/**
 * The runtime with the packages for export.
 * @throws FsaError RUNTIME with the command that adds them
 */
export async function readExportRuntime(): Promise<Runtime> {
  const folder = await exportRuntimeFolder();
  try {
    return await readRuntimeAt(folder, await hashLock(EXPORT_LOCK_PATH));
  } catch (cause) {
    throw new FsaError('RUNTIME', 'The packages for export are not installed.', {
      where: folder,
      advice: 'Run `fsa setup --extra export`.',
      cause,
    });
  }
}

function runtimesFolder(): string {
  return resolve(cacheFolder(), 'runtime');
}

/** Interpreter inside a virtual environment. */
export function pythonIn(venvFolder: string): string {
  return process.platform === 'win32'
    ? join(venvFolder, 'Scripts', 'python.exe')
    : join(venvFolder, 'bin', 'python');
}

/** The folder that a virtual environment keeps its packages in. */
export function sitePackagesOf({ folder, venv, pythonVersion }: Runtime): string {
  const [major, minor] = pythonVersion.split('.');
  return process.platform === 'win32'
    ? join(folder, venv, 'Lib', 'site-packages')
    : join(folder, venv, 'lib', `python${major}.${minor}`, 'site-packages');
}

/**
 * The runtime for this lock. `runtime.json` is written last, by rename, so its presence means whole.
 * @throws FsaError RUNTIME when there is none
 */
export async function readRuntime(): Promise<Runtime> {
  return await readRuntimeAt(await runtimeFolder(), await hashLock());
}

/** The runtime in a folder, made from the lock with this hash. */
export async function readRuntimeAt(folder: string, lockHash: string): Promise<Runtime> {
  const path = join(folder, 'runtime.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new FsaError('RUNTIME', 'The Python runtime is not there yet.', {
      where: folder,
      advice: 'Run `fsa setup`.',
      cause,
    });
  }
  const parsed = runtimeFileSchema.safeParse(jsonOrNull(text));
  if (!parsed.success || parsed.data.lockHash !== lockHash) {
    throw new FsaError('RUNTIME', 'The record of the Python runtime is damaged.', {
      where: path,
      advice: 'Run `fsa setup --force` to make it again.',
    });
  }
  const runtime = { ...parsed.data, folder, python: pythonIn(join(folder, parsed.data.venv)) };
  await requireOwnRuntime(runtime);
  return runtime;
}

/**
 * Owner and mode of everything on the way to what will be run: a cache on a shared disk may have been made by
 * somebody else.
 * @throws FsaError RUNTIME naming the first component that another user owns or could have changed
 */
async function requireOwnRuntime(runtime: Runtime): Promise<void> {
  const packages = sitePackagesOf(runtime);
  const venv = join(runtime.folder, runtime.venv);
  for (const path of [
    join(runtime.folder, 'runtime.json'),
    join(venv, 'pyvenv.cfg'),
    runtime.python,
    packages,
  ])
    refuseForeignHand(await findForeignHand(path));
  refuseForeignHand(await findForeignEntry(packages, await readdir(packages).catch(() => [])));
}

/** @throws FsaError RUNTIME where another user owns the folder or could put something into it */
export async function requireOwnFolder(folder: string): Promise<void> {
  refuseForeignHand(await findForeignHand(folder));
}

function refuseForeignHand(hand: ForeignHand | null): void {
  if (hand === null) return;
  throw new FsaError('RUNTIME', `The Python runtime is not run: ${hand.reason}.`, {
    where: hand.path,
    advice:
      'Set FSA_CACHE to a folder of your own and run `fsa setup`; or, where it is yours, take it back with chown and `chmod go-w`.',
  });
}
