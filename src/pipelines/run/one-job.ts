/** A single job on a CPU worker of its own, for verbs that are no runs. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Emit } from '../../events.js';
import type { JobKind, OutputOf, SpecOf } from '../../rpc/messages.js';
import { requireRuntime } from '../../runtime/drift.js';
import { PY_RUNTIME_FOLDER } from '../../runtime/locate.js';
import { openWorkerHost } from '../../workers/host.js';

interface Surroundings {
  /** For people: what the job does. */
  readonly label: string;
  /** The worker's log lies here. */
  readonly folder: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** @throws FsaError RUNTIME where there is no runtime, and what `Worker.run` throws */
export async function runOneJob<Kind extends JobKind>(
  spec: SpecOf<Kind>,
  { label, folder, emit, signal }: Surroundings,
): Promise<OutputOf<Kind>> {
  const runtime = await requireRuntime();
  const host = await openWorkerHost({
    python: runtime.python,
    runtimeFolder: PY_RUNTIME_FOLDER,
    emit,
    signal,
  });
  try {
    const slot = { name: 'cpu', device: 'cpu', visibleGpu: null, threads: availableParallelism() } as const;
    const worker = await host.launch({ slot, logPath: join(folder, 'worker.log') });
    const jobId = spec.kind;
    emit({ type: 'job-started', jobId, label, workerId: worker.id, attempt: 1 });
    const startedMs = performance.now();
    const output = await worker.run<Kind>(spec, {
      jobId,
      attempt: 1,
      signal,
      onProgress: ({ phase, done, total, epoch, loss, tokensPerSecond, secondsLeft }) => {
        const numbers = { phase, done, total, epoch, epochs: null, loss, tokensPerSecond, secondsLeft };
        emit({ type: 'job-progress', jobId, label, workerId: worker.id, ...numbers });
      },
      onNotice: (message) => emit({ type: 'warning', message, where: label }),
    });
    const seconds = (performance.now() - startedMs) / 1000;
    const summary = 'rows' in output ? `${output.rows.toLocaleString('en')} rows` : 'done';
    emit({ type: 'job-finished', jobId, label, seconds, summary });
    return output;
  } finally {
    await host.close();
  }
}
