/** `fsa setup`: the pinned Python runtime, made once per lock. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readEnvironment } from '../config/environment.js';
import { FsaError } from '../errors.js';
import { makeKernels } from '../runtime/kernels.js';
import { ensureRuntime, requireSameOrigin } from '../runtime/ensure.js';
import {
  DEV_LOCK_PATH,
  devRuntimeFolder,
  EXPORT_LOCK_PATH,
  exportRuntimeFolder,
  LOCK_PATH,
  runtimeFolder,
  type Runtime,
} from '../runtime/locate.js';
import type { Work } from './run/run-handle.js';

export interface SetupOptions {
  /** Interpreter to make the runtime from: a command or a path; searched for when absent. */
  readonly python?: string;
  /** Package index for torch alone; `FSA_TORCH_INDEX_URL` when absent, else whatever pip is set to. */
  readonly torchIndexUrl?: string;
  /** A folder of wheels; nothing is asked of the network. */
  readonly offlineWheels?: string;
  /** Makes the runtime again even where a whole one is there. */
  readonly force?: boolean;
  /** Adds the tools of the tests, in an environment of its own that sees the runtime's packages. */
  readonly dev?: boolean;
  /** Adds what a verb needs beyond the runtime, in an environment of its own as with `dev`. */
  readonly extra?: 'export';
}

/**
 * Makes the runtime where it is missing, half-made or changed, and describes it.
 * @returns with `dev` the environment of the tests, with `extra` that of the verb, each with all packages that it sees;
 * else the runtime
 * @throws FsaError USAGE, RUNTIME, STORAGE or CANCELLED
 */
export async function setup(options: SetupOptions, { emit, signal }: Work): Promise<Runtime> {
  const offlineWheels = options.offlineWheels === undefined ? null : resolve(options.offlineWheels);
  if (offlineWheels !== null) await requireWheels(offlineWheels);
  const common = {
    offlineWheels,
    force: options.force ?? false,
    emit,
    signal,
  };
  const torchIndexUrl = options.torchIndexUrl ?? readEnvironment('FSA_TORCH_INDEX_URL');
  const runtime = await ensureRuntime({
    ...common,
    folder: await runtimeFolder(),
    lockPath: LOCK_PATH,
    python: options.python ?? null,
    torchIndexUrl,
    onTopOf: null,
  });
  await requireSameOrigin(runtime, {
    python: options.python ?? null,
    torchIndexUrl: options.torchIndexUrl ?? null,
  });
  await makeKernels(runtime, { emit, signal });
  if (options.dev !== true && options.extra === undefined) return runtime;
  const onTop =
    options.extra === 'export'
      ? { folder: await exportRuntimeFolder(), lockPath: EXPORT_LOCK_PATH }
      : { folder: await devRuntimeFolder(), lockPath: DEV_LOCK_PATH };
  const made = await ensureRuntime({
    ...common,
    ...onTop,
    python: runtime.python,
    torchIndexUrl: null,
    onTopOf: runtime,
  });
  // What its interpreter sees: torch and the others lie in the runtime below.
  return { ...made, packages: { ...runtime.packages, ...made.packages } };
}

/** @throws FsaError USAGE: pip would ask for one wheel, of a folder that is only misspelt */
async function requireWheels(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory() === true) return;
  throw new FsaError('USAGE', 'There is no such folder of wheels.', {
    where: folder,
    advice: 'Name the folder that holds them with --offline.',
  });
}
