/** The engine over a Python worker, which keeps the model packed between calls. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Emit } from '../../events.js';
import { requireRuntime } from '../../runtime/drift.js';
import { openWorkerHost } from '../../workers/host.js';
import { findSlots, withKernels } from '../run/slots.js';
import { resolveModel, type ModelSource } from '../sources/model.js';
import type { Student } from '../sources/student.js';
import { ROWS_TOGETHER, type Engine } from './engine.js';
import { shareEngine } from './shared-engines.js';

export interface TorchOptions {
  readonly threads: number | null;
  readonly device: 'auto' | 'cpu' | 'cuda';
  readonly emit: Emit;
  /** Aborting it stops the loading. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws FsaError RUNTIME where there is no Python runtime, CONFIG where the model is none */
export async function openTorchEngine(student: Student, options: TorchOptions): Promise<Engine> {
  const { folder, maxInputTokens, maxGeneratedTokens } = student;
  const { device, threads, signal } = options;
  const source = await resolveModel(folder, folder, signal);
  const key = JSON.stringify(['torch', source.digest, maxInputTokens, maxGeneratedTokens, device, threads]);
  return await shareEngine(
    { key, signal },
    async (ending) => await startEngine(student, source, options, ending),
  );
}

/** @param signal aborted when nobody wants the engine any more */
async function startEngine(
  { folder, maxInputTokens, maxGeneratedTokens }: Student,
  { digest, files }: ModelSource,
  { device, threads, emit }: TorchOptions,
  signal: AbortSignal,
): Promise<Engine> {
  const runtime = await requireRuntime();
  const found = await findSlots({ device, threads }, { parallel: 1, perGpu: 1, threads: null });
  const work = { runtime, precision: 'fp32', generates: true, before: null };
  const [slot] = await withKernels(found, work);
  const scratch = await mkdtemp(join(tmpdir(), 'fsa-predict-'));
  const host = await openWorkerHost({ python: runtime.python, emit, signal });
  const close = async (): Promise<void> => {
    await host.close();
    await rm(scratch, { recursive: true, force: true });
  };
  try {
    const place = slot ?? { name: 'cpu', device: 'cpu', visibleGpu: null, threads: 1 };
    const worker = await host.launch({ slot: place, logPath: join(scratch, 'worker.log') });
    let calls = 0;
    let turn: Promise<unknown> = Promise.resolve();
    const ask: Engine['generate'] = async (texts, call) => {
      calls += 1;
      const output = await worker.run<'predict'>(
        {
          kind: 'predict',
          placement: { device: place.device, threads: place.threads },
          model: folder,
          modelFiles: [...files],
          modelDigest: digest,
          precision: 'fp32',
          texts: [...texts],
          maxInputTokens,
          maxGeneratedTokens,
          generationBatchSize: ROWS_TOGETHER,
        },
        {
          jobId: `predict-${calls}`,
          attempt: 1,
          onNotice: (message) => emit({ type: 'warning', message, where: folder }),
          ...(call.signal === undefined ? {} : { signal: call.signal }),
        },
      );
      return output.rows;
    };
    return {
      backend: 'torch',
      digest,
      // A worker does one job at a time.
      generate: async (texts, call) => {
        const answer = turn.then(() => ask(texts, call));
        turn = answer.catch(() => undefined);
        return await answer;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
