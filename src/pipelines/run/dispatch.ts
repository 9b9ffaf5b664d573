/** Drives workers through a schedule: one loop per slot, a worker kept as long as it lives. */
import { FsaError, toFsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import type { Failure, Job, Schedule } from '../../scheduler/schedule.js';
import type { Slot } from '../../scheduler/slots.js';
import type { Worker } from '../../workers/worker.js';

export interface DispatchOptions<J extends Job> {
  readonly schedule: Schedule<J>;
  readonly slots: readonly Slot[];
  readonly launch: (slot: Slot) => Promise<Worker>;
  /** Runs one attempt; throws what went wrong. */
  readonly runJob: (worker: Worker, job: J, attempt: number) => Promise<void>;
  /** Told of every failed attempt. */
  readonly onFailure: (job: J, attempt: number, error: FsaError, willRetry: boolean) => Promise<void>;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/**
 * Runs until the schedule has nothing left. Failures of jobs do not throw; what makes every job
 * impossible (a wrong runtime, a full disk, a cancel) does.
 */
export async function dispatch<J extends Job>(options: DispatchOptions<J>): Promise<void> {
  const { schedule, slots, signal } = options;
  const bell = new Bell();
  const stop = (): void => {
    schedule.stop();
    bell.ring();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const slotsNeeded = slots.slice(0, Math.max(1, schedule.unfinished));
    const ends = await Promise.allSettled(
      slotsNeeded.map(async (slot) => {
        try {
          await serveSlot(slot, options, bell);
        } catch (error) {
          stop();
          throw error;
        }
      }),
    );
    const fatal = ends.find((end) => end.status === 'rejected');
    if (fatal !== undefined) throw toFsaError(fatal.reason);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function serveSlot<J extends Job>(slot: Slot, options: DispatchOptions<J>, bell: Bell): Promise<void> {
  const { schedule, launch, runJob, onFailure } = options;
  let worker: Worker | null = null;
  try {
    while (true) {
      const decision = schedule.next(slot.name);
      if (decision.do === 'stop') return;
      if (decision.do === 'wait') {
        await bell.heard(decision.milliseconds);
        continue;
      }
      const { job, attempt } = decision;
      try {
        worker ??= await launch(slot);
        await runJob(worker, job, attempt);
        schedule.succeeded(job.id);
      } catch (thrown) {
        const error = storageFailureOf(toFsaError(thrown));
        if (endsEverything(error)) throw error;
        const { willRetry } = schedule.failed(job.id, failureOf(error));
        await onFailure(job, attempt, error, willRetry);
        if (error.code === 'WORKER_LOST') worker = null;
      } finally {
        bell.ring();
      }
    }
  } finally {
    await worker?.shutdown();
  }
}

/** Errors that no other job and no second attempt can escape. */
function endsEverything(error: FsaError): boolean {
  return !['JOB_FAILED', 'WORKER_LOST', 'DATA'].includes(error.code);
}

/** A worker that met a full disk speaks of a failed job; every other job would meet it, too. */
function storageFailureOf(error: FsaError): FsaError {
  if (!('failureCode' in error) || error.failureCode !== 'disk-full') return error;
  return new FsaError('STORAGE', error.message, { cause: error });
}

function failureOf(error: FsaError): Failure {
  if (error.code === 'WORKER_LOST') return 'worker-lost';
  return 'retryable' in error && error.retryable === true ? 'retryable' : 'final';
}

/** Wakes every slot that waits for another one's news. */
class Bell {
  #listeners = new Set<() => void>();

  ring(): void {
    const listeners = this.#listeners;
    this.#listeners = new Set();
    for (const listener of listeners) listener();
  }

  async heard(withinMs: number | null): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#listeners.add(resolve);
      if (withinMs !== null) setTimeout(resolve, withinMs);
    });
  }
}
