/** Drives executors through a schedule: one loop per slot, a seat kept as long as it lives. */
import { toFsaError, type FsaError } from '../../errors.js';
import type { Job, Schedule } from '../../scheduler/schedule.js';
import { IdleSlots } from './idle-slots.js';
import { endsEverything, failureOf, storageFailureOf } from './failures.js';

/** What can do jobs: Python workers, an LLM behind HTTP, a session in this process. */
export interface Executor<J extends Job, S extends NamedSlot> {
  /** Makes ready to do jobs on a slot; asked when the first job comes, and again after a seat was lost. */
  open(slot: S): Promise<Seat<J>>;
  /** Whether that may wait in a queue: no job is then held back for a slot that is not there yet. */
  readonly queues?: boolean;
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
  const idle = new IdleSlots(schedule);
  const floor: Floor = { slots: 0 };
  const stop = (): void => {
    schedule.stop();
    idle.rouse();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const slotsNeeded = slots.slice(0, Math.max(1, schedule.unfinished));
    floor.slots = slotsNeeded.length;
    const ends = await Promise.allSettled(
      slotsNeeded.map(async (slot) => {
        try {
          await serveSlot(slot, options, idle, floor);
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
  idle: IdleSlots,
  floor: Floor,
): Promise<void> {
  let seat: Seat<J> | null = null;
  try {
    while (true) {
      if (executor.queues === true) {
        seat ??= await openAhead(slot, executor, idle, floor);
        if (seat === null) return;
      }
      const decision = schedule.next(slot.name);
      if (decision.do === 'stop') return;
      if (decision.do === 'wait') {
        await idle.wait(decision.milliseconds);
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
        idle.rouse();
      }
    }
  } finally {
    await seat?.close();
  }
}

/** The slots that serve. */
interface Floor {
  slots: number;
}

/** A place that gives no worker so many times in a row is given up, as long as there are others. */
const OPENINGS = 3;

/** Waits for a seat as long as there is work; null where it is over, or where this slot gives none. */
async function openAhead<J extends Job, S extends NamedSlot>(
  slot: S,
  executor: Executor<J, S>,
  idle: IdleSlots,
  floor: Floor,
): Promise<Seat<J> | null> {
  for (let opening = 1; ; opening += 1) {
    const coming = executor.open(slot);
    // Where the work is over first, whoever opened the executor ends what still waits.
    coming.catch(() => undefined);
    try {
      return await Promise.race([coming, idle.over]);
    } catch (thrown) {
      const error = toFsaError(thrown);
      if (error.code !== 'WORKER_LOST') throw error;
      if (opening < OPENINGS) continue;
      floor.slots -= 1;
      if (floor.slots === 0) throw error;
      return null;
    }
  }
}
