/** Drives executors through a schedule: one loop per slot, a seat kept as long as it lives. */
import { toFsaError, type FsaError } from '../../errors.js';
import type { Job, Schedule } from '../../scheduler/schedule.js';
import { endsEverything, failureOf, storageFailureOf } from './failures.js';

/** What can do jobs: Python workers, an LLM behind HTTP, a session in this process. */
export interface Executor<J extends Job, S extends NamedSlot> {
  /** Makes ready to do jobs on a slot; asked when the first job comes, and again after a seat was lost. */
  open(slot: S): Promise<Seat<J>>;
}

/** A slot made ready: does one job after the other. */
export interface Seat<J extends Job> {
  /**
   * Does one attempt; throws what went wrong.
   * @throws FsaError WORKER_LOST where the seat is of no use any more
   */
  run(job: J, attempt: number): Promise<void>;
  close(): Promise<void>;
}

interface NamedSlot {
  readonly name: string;
}

export interface DispatchOptions<J extends Job, S extends NamedSlot> {
  readonly schedule: Schedule<J>;
  readonly slots: readonly S[];
  readonly executor: Executor<J, S>;
  /** Told of every failed attempt. */
  readonly onFailure: (job: J, attempt: number, error: FsaError, willRetry: boolean) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Runs until the schedule has nothing left. Failures of jobs do not throw; what makes every job
 * impossible (a wrong runtime, a full disk, a cancel) does.
 */
export async function dispatch<J extends Job, S extends NamedSlot>(
  options: DispatchOptions<J, S>,
): Promise<void> {
  const { schedule, slots, signal } = options;
  const bell = new Bell();
  const stop = (): void => {
    schedule.stop();
    bell.ring();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
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

async function serveSlot<J extends Job, S extends NamedSlot>(
  slot: S,
  { schedule, executor, onFailure }: DispatchOptions<J, S>,
  bell: Bell,
): Promise<void> {
  let seat: Seat<J> | null = null;
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
        seat ??= await executor.open(slot);
        await seat.run(job, attempt);
        schedule.succeeded(job.id);
      } catch (thrown) {
        const error = storageFailureOf(toFsaError(thrown));
        if (endsEverything(error)) throw error;
        const { willRetry } = schedule.failed(job.id, failureOf(error));
        await onFailure(job, attempt, error, willRetry);
        if (error.code === 'WORKER_LOST') {
          // It may live yet: a worker that has to leave hands over its job first.
          await seat?.close();
          seat = null;
        }
      } finally {
        bell.ring();
      }
    }
  } finally {
    await seat?.close();
  }
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
      const timer = withinMs === null ? null : setTimeout(resolve, withinMs);
      this.#listeners.add(() => {
        if (timer !== null) clearTimeout(timer);
        resolve();
      });
    });
  }
}
