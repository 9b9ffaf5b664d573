/** Where the pinned Python runtime lies and whether it is whole. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { cacheFolder } from '../config/environment.js';
import { FsaError } from '../errors.js';

/** The package's `py_runtime` folder: two levels above this module, in `src/` as in `dist/`. */
export const PY_RUNTIME_FOLDER = resolve(import.meta.dirname, '../../py_runtime');

const runtimeFileSchema = z.object({
  schema: z.literal(1),
  lockHash: z.string(),
  /** Exact versions as installed, by package name. */
  packages: z.record(z.string(), z.string()),
  pythonVersion: z.string(),
  createdAt: z.string(),
});

/** A whole runtime: every package of the lock is there. */
export interface Runtime extends z.infer<typeof runtimeFileSchema> {
  readonly folder: string;
  /** Path of the interpreter. */
  readonly python: string;
}

/** SHA-256 of requirements.lock, the name of the runtime made from it. */
export async function hashLock(): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(PY_RUNTIME_FOLDER, 'requirements.lock')))
    .digest('hex');
}

/** Folder of the runtime for this lock, whether or not it is there. */
export async function runtimeFolder(): Promise<string> {
  return join(cacheFolder(), 'runtime', (await hashLock()).slice(0, 16));
}

/** Interpreter inside a runtime folder. */
export function pythonIn(folder: string): string {
  return process.platform === 'win32'
    ? join(folder, 'venv', 'Scripts', 'python.exe')
    : join(folder, 'venv', 'bin', 'python');
}

/**
 * The runtime for this lock. `runtime.json` is written last, by rename, so its presence means whole.
 * @throws FsaError RUNTIME when there is none
 */
export async function readRuntime(): Promise<Runtime> {
  const folder = await runtimeFolder();
  let text: string;
  try {
    text = await readFile(join(folder, 'runtime.json'), 'utf8');
  } catch (cause) {
    throw new FsaError('RUNTIME', 'The Python runtime is not there yet.', {
      where: folder,
      advice: 'Run `fsa setup`.',
      cause,
    });
  }
  const parsed = runtimeFileSchema.safeParse(safeJson(text));
  if (!parsed.success) {
    throw new FsaError('RUNTIME', 'The record of the Python runtime is damaged.', {
      where: join(folder, 'runtime.json'),
      advice: 'Run `fsa setup --force` to make it again.',
    });
  }
  return { ...parsed.data, folder, python: pythonIn(folder) };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
