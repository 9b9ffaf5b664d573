/** What a worker tells of a job, as events: the one place where its fields are handed on. */
import type { Emit, JobFacts } from '../../events.js';
import type { RunOptions } from '../../workers/types.js';
import type { Worker } from '../../workers/worker.js';
import type { RunShare } from './share.js';

export interface Following {
  readonly facts: JobFacts;
  readonly attempt: number;
  /** Epochs of the whole job; null where it has none. */
  readonly epochs: number | null;
  readonly share: RunShare;
  readonly emit: Emit;
}

/** Of all jobs together: nobody reads more, and a thousand workers would say four thousand. */
const PROGRESS_EVENTS_PER_SECOND = 100;

/** Says that the attempt began, and gives the callbacks that tell how it goes on. */
export function followJob(
  { id: workerId }: Pick<Worker, 'id'>,
  { facts, attempt, epochs, share, emit }: Following,
): Required<Pick<RunOptions, 'onProgress' | 'onSaved' | 'onNotice'>> {
  share.started(facts.jobId);
  emit({ type: 'job-started', ...facts, workerId, attempt });
  let nextMs = -Infinity;
  return {
    onProgress: (progress) => {
      const nowMs = performance.now();
      if (nowMs < nextMs) return;
      nextMs = nowMs + (1000 * share.running) / PROGRESS_EVENTS_PER_SECOND;
      const shares = share.progressed(facts.jobId, progress.secondsLeft);
      emit({ type: 'job-progress', ...facts, workerId, ...progress, epochs, ...shares });
    },
    onSaved: ({ step, path }) => emit({ type: 'checkpoint-saved', ...facts, step, path }),
    onNotice: (message) => emit({ type: 'warning', message, where: facts.label }),
  };
}
