/** A whole runtime in its folder: found there, waited for, or made. */
import type { Emit } from '../events.js';
import { FsaError, isFsaError } from '../errors.js';
import { createRuntime } from './create.js';
import { freeBytesAt } from '../storage/disk-room.js';
import { judgeSpaceForRuntime } from './disk-space.js';
import { findDrift } from './drift.js';
import { withFolderLock } from './exclusive.js';
import { findPython } from './find-python.js';
import { hashLock, readRuntimeAt, requireOwnFolder, type Runtime } from './locate.js';
import { sweepEnvironments } from './sweep.js';

export interface RuntimeRequest {
  readonly folder: string;
  readonly lockPath: string;
  /** Interpreter to make it from; null searches. */
  readonly python: string | null;
  readonly torchIndexUrl: string | null;
  readonly offlineWheels: string | null;
  /** A whole runtime whose packages are seen from this one. */
  readonly onTopOf: Runtime | null;
  /** Makes it anew even where a whole one is there. */
  readonly force: boolean;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The runtime that was asked for. Calls at once, in one process or several, make it once.
 * @throws FsaError RUNTIME, STORAGE or CANCELLED
 */
export async function ensureRuntime(request: RuntimeRequest): Promise<Runtime> {
  const { folder, emit, signal } = request;
  await requireOwnFolder(folder);
  const startedAt = new Date().toISOString();
  const usable = async (): Promise<Runtime | null> => {
    const runtime = await findWhole(request);
    return request.force && runtime !== null && runtime.createdAt < startedAt ? null : runtime;
  };
  const there = await usable();
  if (there !== null) return foundIn(there, emit);
  const onWait = (holder: string): void =>
    emit({ type: 'setup-step', step: 'wait', state: 'started', detail: holder });
  return await withFolderLock(
    folder,
    onWait,
    async () => {
      const madeMeanwhile = await usable();
      return madeMeanwhile === null ? await make(request) : foundIn(madeMeanwhile, emit);
    },
    signal,
  );
}

async function make(request: RuntimeRequest): Promise<Runtime> {
  const { folder, emit, signal } = request;
  const current = await readRuntimeAt(folder, await hashLock(request.lockPath)).catch(() => null);
  await sweepEnvironments(folder, current?.venv ?? null);
  if (request.onTopOf === null) {
    const warning = judgeSpaceForRuntime(folder, await freeBytesAt(folder));
    if (warning !== null) emit({ type: 'warning', message: warning, where: folder });
  }
  const base = await findPython(request.python, signal);
  try {
    const runtime = await createRuntime({ ...request, base });
    await sweepEnvironments(folder, runtime.venv);
    return runtime;
  } catch (error) {
    await sweepEnvironments(folder, current?.venv ?? null);
    throw error;
  }
}

/** The runtime in the folder if it is whole, as installed, and on top of the right one. */
async function findWhole({ folder, lockPath, onTopOf, emit }: RuntimeRequest): Promise<Runtime | null> {
  let runtime: Runtime;
  try {
    runtime = await readRuntimeAt(folder, await hashLock(lockPath));
  } catch (error) {
    if (isFsaError(error) && error.code === 'RUNTIME') return null;
    throw error;
  }
  if (onTopOf !== null && runtime.basePython !== onTopOf.python) return null;
  const [problem] = await findDrift(runtime);
  if (problem === undefined) return runtime;
  emit({
    type: 'warning',
    message: `The Python runtime was changed and is made again: ${problem}.`,
    where: folder,
  });
  return null;
}

function foundIn(runtime: Runtime, emit: Emit): Runtime {
  emit({ type: 'setup-step', step: 'found', state: 'done', detail: runtime.folder });
  return runtime;
}

/**
 * Refuses a runtime that is whole but was made otherwise than asked for now.
 * @throws FsaError RUNTIME
 */
export async function requireSameOrigin(
  runtime: Runtime,
  asked: { readonly python: string | null; readonly torchIndexUrl: string | null },
): Promise<void> {
  const differences: string[] = [];
  if (asked.python !== null) {
    const base = await findPython(asked.python);
    if (base.version !== runtime.pythonVersion) {
      differences.push(`it has Python ${runtime.pythonVersion}, ${asked.python} is ${base.version}`);
    }
  }
  if (asked.torchIndexUrl !== null && asked.torchIndexUrl !== runtime.torchIndexUrl) {
    const from = runtime.torchIndexUrl ?? 'the index that pip is set to';
    differences.push(`its torch came from ${from}, not from ${asked.torchIndexUrl}`);
  }
  if (differences.length === 0) return;
  throw new FsaError('RUNTIME', 'A Python runtime is there already, made otherwise than you ask now.', {
    where: runtime.folder,
    problems: differences,
    advice: 'Add --force to make it again.',
  });
}
