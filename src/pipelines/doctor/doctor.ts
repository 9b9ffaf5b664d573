/** `fsa doctor`: everything that fsa stands on, asked for real; each answer is ok or says what to do. */
import { cacheFolder } from '../../config/environment.js';
import { FsaError, toFsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import { askPython, type PythonBridge } from '../../runtime/ask-python.js';
import { findDrift } from '../../runtime/drift.js';
import { hashLock, readRuntime, type Runtime } from '../../runtime/locate.js';
import type { Work } from '../run/run-handle.js';
import {
  checkDevices,
  checkDisk,
  checkKernels,
  checkNode,
  checkNodeZeromq,
  checkPackages,
  checkPeers,
  checkPythonZeromq,
  checkTorch,
  checkWorker,
} from './checks.js';

/** Nothing can be chosen: everything is asked. */
export type DoctorOptions = Readonly<Record<string, never>>;

export interface DoctorCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, in a clause. */
  readonly found: string;
  /** What to do; null where all is well. */
  readonly advice: string | null;
}

export interface DoctorReport {
  readonly ok: boolean;
  readonly checks: readonly DoctorCheck[];
}

/** A check's answer when it is well; what it throws is the answer when it is not. */
type Check = () => string | Promise<string>;

/**
 * Runs every check; one that fails never keeps the others from running.
 * @throws FsaError CANCELLED alone
 */
export async function doctor(_options: DoctorOptions, work: Work): Promise<DoctorReport> {
  const examination = new Examination(work);
  await examination.check('Node', checkNode);
  await examination.check('lock', async () => `requirements.lock ${(await hashLock()).slice(0, 16)}`);
  await examination.check('ZeroMQ of Node', checkNodeZeromq);
  await examination.check('inference in Node', checkPeers);
  await examination.check('disk', () => checkDisk(cacheFolder()));
  const runtime = await examination.check('runtime', requireWholeRuntime, describeRuntime);
  if (runtime === null) {
    for (const name of [...ASKED_OF_PYTHON.map(([each]) => each), 'kernels', 'worker']) {
      examination.skip(name, 'the Python runtime is not in order');
    }
    return examination.report();
  }
  await examination.askPython(runtime);
  await examination.check('kernels', () => checkKernels(runtime));
  await examination.check('worker', () => checkWorker(runtime, work.signal));
  return examination.report();
}

const ASKED_OF_PYTHON: readonly (readonly [string, (bridge: PythonBridge) => Promise<string>])[] = [
  ['packages', checkPackages],
  ['ZeroMQ of Python', checkPythonZeromq],
  ['torch in fp32', (bridge) => checkTorch(bridge, 'fp32')],
  ['torch in bf16', (bridge) => checkTorch(bridge, 'bf16')],
  ['devices', checkDevices],
];

async function requireWholeRuntime(): Promise<Runtime> {
  const runtime = await readRuntime();
  const [first, ...others] = await findDrift(runtime);
  if (first === undefined) return runtime;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  throw new FsaError('RUNTIME', `It was changed after it was made: ${first}${more}`, {
    where: runtime.folder,
    advice: 'Run `fsa setup`: it makes the runtime again.',
  });
}

function describeRuntime({ folder, pythonVersion, packages }: Runtime): string {
  return `Python ${pythonVersion}, torch ${packages['torch'] ?? '?'} in ${folder}`;
}

class Examination {
  readonly #checks: DoctorCheck[] = [];
  readonly #emit: Emit;
  readonly #signal: AbortSignal;

  constructor({ emit, signal }: Work) {
    this.#emit = emit;
    this.#signal = signal;
  }

  report(): DoctorReport {
    return { ok: this.#checks.every(({ ok }) => ok), checks: this.#checks };
  }

  skip(name: string, reason: string): void {
    this.#checks.push({ name, ok: false, found: `not checked: ${reason}`, advice: null });
  }

  /** Runs one check and keeps its answer. @returns what it found, null where it failed */
  async check(name: string, work: Check): Promise<string | null>;
  async check<T>(name: string, work: () => Promise<T>, put: (found: T) => string): Promise<T | null>;
  async check<T>(
    name: string,
    work: () => T | Promise<T>,
    put: (found: T) => string = String,
  ): Promise<T | null> {
    this.#throwIfStopped();
    this.#emit({ type: 'setup-step', step: name, state: 'started', detail: null });
    let result: T | null = null;
    try {
      result = await work();
      this.#checks.push({ name, ok: true, found: put(result), advice: null });
    } catch (thrown) {
      this.#throwIfStopped();
      this.#checks.push(describeFailure(name, toFsaError(thrown)));
    }
    this.#emit({ type: 'setup-step', step: name, state: 'done', detail: this.#checks.at(-1)?.found ?? null });
    return result;
  }

  #throwIfStopped(): void {
    if (!this.#signal.aborted) return;
    throw new FsaError('CANCELLED', 'The check was cancelled.', { cause: this.#signal.reason });
  }

  /** The short questions share one interpreter, so that torch is imported once. */
  async askPython({ python }: Runtime): Promise<void> {
    await askPython({ python, timeoutMs: 180_000, signal: this.#signal }, async (bridge) => {
      for (const [name, ask] of ASKED_OF_PYTHON) await this.check(name, () => ask(bridge));
    });
  }
}

function describeFailure(name: string, error: FsaError): DoctorCheck {
  const [first] = error.problems;
  const found = first === undefined ? error.message : `${error.message} ${first}`;
  return { name, ok: false, found, advice: error.advice };
}
