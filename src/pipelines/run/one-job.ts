/** A single job on a CPU worker of its own, for verbs that are no runs. */
import { join } from 'node:path';
import type { Emit } from '../../events.js';
import type { JobKind, OutputOf, SpecOf } from '../../rpc/messages.js';
import { readLimits } from '../../runtime/limits.js';
import { requireRuntime } from '../../runtime/drift.js';
import { openWorkerHost } from '../../workers/host.js';
import { followJob } from './follow-job.js';
import { RunShare } from './share.js';

interface Context {
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
  { label, folder, emit, signal }: Context,
): Promise<OutputOf<Kind>> {
  const runtime = await requireRuntime();
  const host = await openWorkerHost({ python: runtime.python, emit, signal });
  try {
    const slot = {
      name: 'cpu',
      device: 'cpu',
      visibleGpu: null,
      threads: readLimits().processors.value,
    } as const;
    const worker = await host.launch({ slot, logPath: join(folder, 'worker.log') });
    const none = { task: null, dataset: null, model: null, seed: null };
    const facts = { jobId: spec.kind, label, ...none };
    const share = new RunShare([{ id: facts.jobId, cost: 1 }]);
    const follow = followJob(worker, { facts, attempt: 1, epochs: null, share, emit });
    const startedMs = performance.now();
    const output = await worker.run<Kind>(spec, { ...follow, jobId: facts.jobId, attempt: 1, signal });
    const seconds = (performance.now() - startedMs) / 1000;
    const summary =
      'rows' in output && typeof output.rows === 'number'
        ? `${output.rows.toLocaleString('en')} rows`
        : 'done';
    emit({ type: 'job-finished', ...facts, seconds, summary });
    return output;
  } finally {
    await host.close();
  }
}
