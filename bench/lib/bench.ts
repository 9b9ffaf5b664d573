/** What every scenario needs: the interpreters, their environments, the machine and its measured rate. */
import { resolve } from 'node:path';
import { z } from 'zod';
import {
  devRuntimeFolder,
  DEV_LOCK_PATH,
  hashLock,
  PY_RUNTIME_FOLDER,
  readRuntime,
  readRuntimeAt,
} from '../../src/runtime/locate.js';
import { findKernels, type KernelLibrary } from '../../src/runtime/kernels.js';
import { FsaError } from '../../src/errors.js';
import { workerEnvironment } from '../../src/workers/environment.js';
import { lastJson, runCommand } from './child.js';
import { PYTHON_FOLDER } from './folders.js';
import type { BenchOptions } from './options.js';

const machineSchema = z.object({
  device: z.enum(['cpu', 'cuda']),
  deviceName: z.string(),
  threads: z.number(),
  bf16FlopsPerSecond: z.number(),
  fp32FlopsPerSecond: z.number(),
  /** Whether there are instructions for it; without them torch makes its products up. */
  multipliesBf16: z.boolean(),
  accelerate: z.boolean(),
  versions: z.record(z.string(), z.string()),
});
export type Machine = z.infer<typeof machineSchema>;

export interface Bench {
  readonly options: BenchOptions;
  readonly machine: Machine;
  /** What both sides train in. */
  readonly precision: 'bf16' | 'fp32';
  /** The product's own interpreter. */
  readonly python: string;
  /** The same packages, and `accelerate` on top. */
  readonly yardstickPython: string;
  readonly ourEnvironment: Readonly<Record<string, string | undefined>>;
  readonly yardstickEnvironment: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
}

/** @throws FsaError RUNTIME where an interpreter or `accelerate` is missing */
export async function openBench(options: BenchOptions, say: (line: string) => void): Promise<Bench> {
  const runtime = await readRuntime();
  const { python } = runtime;
  const kernels = await findKernels(runtime);
  const yardstickPython = await findYardstickPython();
  const ourEnvironment = environmentOfOurs(options, typeof kernels === 'string' ? undefined : kernels);
  const yardstickEnvironment = environmentOfYardstick();
  const rates = [resolve(PYTHON_FOLDER, 'rates.py'), '--device', options.device];
  if (options.quick) rates.push('--seconds', '0.5');
  const machine = machineSchema.parse(
    lastJson(
      await runCommand({
        command: yardstickPython,
        args: [...rates, '--threads', String(options.threads)],
        env: yardstickEnvironment,
      }),
    ),
  );
  if (!machine.accelerate) throw missingAccelerate();
  const precision = options.precision ?? (machine.multipliesBf16 ? 'bf16' : 'fp32');
  return { options, machine, precision, python, yardstickPython, ourEnvironment, yardstickEnvironment, say };
}

async function findYardstickPython(): Promise<string> {
  try {
    return (await readRuntimeAt(await devRuntimeFolder(), await hashLock(DEV_LOCK_PATH))).python;
  } catch (error) {
    if (error instanceof FsaError) throw missingAccelerate();
    throw error;
  }
}

function missingAccelerate(): FsaError {
  return new FsaError('RUNTIME', 'The yardstick, Seq2SeqTrainer, needs `accelerate`, which is not there.', {
    advice: 'Run `fsa setup --dev`, which adds it on top of the runtime.',
  });
}

/** As the product starts its workers, with the benchmark's folder on Python's path besides. */
function environmentOfOurs(
  { threads, device }: BenchOptions,
  kernels: KernelLibrary | undefined,
): Record<string, string | undefined> {
  const gpu = device === 'cpu' ? null : (process.env['CUDA_VISIBLE_DEVICES'] ?? '0');
  const worker = workerEnvironment(
    { name: 'bench', device: 'cpu', visibleGpu: gpu, threads, ...(kernels === undefined ? {} : { kernels }) },
    PY_RUNTIME_FOLDER,
    {
      endpoint: '',
      serverKey: '',
      admission: { identity: '', publicKey: '', secretKey: '' },
      orphanAfterSeconds: 0,
      silentAfterSeconds: 0,
    },
  );
  return { ...worker, PYTHONPATH: pythonPath() };
}

/** As a user's shell would start it. */
function environmentOfYardstick(): Record<string, string | undefined> {
  return {
    ...process.env,
    PYTHONPATH: pythonPath(),
    HF_HUB_OFFLINE: '1',
    HF_HUB_DISABLE_PROGRESS_BARS: '1',
    TOKENIZERS_PARALLELISM: 'false',
  };
}

function pythonPath(): string {
  return [PY_RUNTIME_FOLDER, PYTHON_FOLDER].join(process.platform === 'win32' ? ';' : ':');
}
