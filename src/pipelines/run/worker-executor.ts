/** Python workers as the executor of a run's jobs: one process per slot, kept from job to job. */
import { once } from 'node:events';
import type { Config } from '../../config/schema.js';
import { isFsaError } from '../../errors.js';
import type { Emit, FsaEventBody } from '../../events.js';
import { type Runtime } from '../../runtime/locate.js';
import type { Job } from '../../scheduler/schedule.js';
import type { Slot } from '../../runtime/slot.js';
import { openWorkerHost, type WorkerHost } from '../../workers/host.js';
import type { Worker } from '../../workers/worker.js';
import type { Executor } from './dispatch.js';
import { openCluster } from './cluster.js';
import { launchLeased, logOf, type HeadStart } from './head-start.js';
import { FullNodes } from './full-nodes.js';
import { cancelled } from './run-handle.js';
import { PROCESS_SLOTS } from './slot-pool.js';

interface FirstWork {
  readonly slot: Slot;
  readonly work: (worker: Worker) => Promise<void>;
  /** Slots for which there is a job, whatever comes of this work: their workers start beside it. */
  readonly others: readonly Slot[];
}

export interface WorkerExecutorOptions<J extends Job> {
  readonly runtime: Runtime;
  readonly config: Pick<Config, 'cluster'>;
  /** Workers at once, at most. */
  readonly workers: number;
  /** Processes of each worker; one where not given. */
  readonly ranks?: number;
  /** How many times the run has been taken up. */
  readonly term: number;
  /** The run folder: each worker's log lies in `workers/` there. */
  readonly folder: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Work that comes before all jobs, on the worker that then does the first slot's; again where it is lost. */
  readonly first?: FirstWork;
  /** A worker that was started before; not on a cluster. */
  readonly headStart?: HeadStart | null;
  /** Does one attempt at a job on a worker. */
  readonly runJob: (worker: Worker, job: J, attempt: number) => Promise<void>;
}

/** Lets work be done by workers; all of them have ended when it resolves. */
export async function withWorkers<J extends Job>(
  options: WorkerExecutorOptions<J>,
  work: (executor: Executor<J, Slot>) => Promise<void>,
): Promise<void> {
  const { runtime, workers, folder, emit, signal, first, headStart = null, runJob } = options;
  const cluster = await openCluster(options);
  const open = async (): Promise<WorkerHost> =>
    await openWorkerHost({
      python: runtime.python,
      emit,
      workers,
      ...(cluster === null ? {} : { launcher: cluster, runtime }),
    });
  const host = await (headStart?.adopt(emit) ?? open());
  const start = async (slot: Slot): Promise<Worker> => {
    const place = { slot, logPath: logOf(folder, slot) };
    if (cluster !== null) return await host.launch(place);
    const early = headStart?.take(slot) ?? null;
    if (early !== null) return await early;
    const giveBack = await PROCESS_SLOTS.take(host, slot, signal, () => emit(waiting(slot)));
    return await launchLeased(host, place, giveBack);
  };
  // Who waits in a queue or still imports has nothing to save: the run ends at once, and the host's end takes it along.
  const launch = async (slot: Slot): Promise<Worker> => await unlessAborted(start(slot), signal);
  const fullNodes = new FullNodes((node) => cluster?.avoid(node));
  const seat = async (slot: Slot): Promise<Worker> => await launchWithRoom(slot, launch, fullNodes);
  const begun = new Map<Slot, Promise<Worker>>();
  const begin = (slot: Slot, launching: Promise<Worker>): void => {
    // Whoever opens the slot hears of it.
    launching.catch(() => undefined);
    begun.set(slot, launching);
  };
  try {
    if (first !== undefined) {
      // What a cluster lends is asked for when there is work for it.
      if (cluster === null) for (const slot of first.others) begin(slot, launch(slot));
      begin(first.slot, Promise.resolve(await beginWith(first, seat, fullNodes)));
    }
    await work({
      queues: cluster !== null,
      open: async (slot) => {
        const ready = begun.get(slot);
        begun.delete(slot);
        const worker = await (ready ?? seat(slot));
        return {
          run: async (job, attempt) => {
            await runJob(worker, job, attempt).catch((error: unknown) => {
              throw fullNodes.judge(error, worker);
            });
          },
          close: async () => {
            await worker.shutdown();
          },
        };
      },
    });
  } finally {
    await host.close();
    await cluster?.close();
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  const settled = new AbortController();
  const aborted = async (): Promise<never> => {
    if (!signal.aborted) await once(signal, 'abort', { signal: settled.signal });
    throw cancelled(signal);
  };
  try {
    return await Promise.race([work, aborted()]);
  } finally {
    settled.abort();
  }
}

function waiting({ name }: Slot): FsaEventBody {
  const message = `Another run of this process uses the processors: ${name} waits until it leaves some.`;
  return { type: 'warning', message, where: null };
}

const FIRST_ATTEMPTS = 3;

async function beginWith(
  { slot, work }: NonNullable<WorkerExecutorOptions<Job>['first']>,
  launch: (slot: Slot) => Promise<Worker>,
  fullNodes: FullNodes,
): Promise<Worker> {
  for (let attempt = 1; ; attempt++) {
    try {
      const worker = await launch(slot);
      await work(worker).catch(async (error: unknown) => {
        const judged = fullNodes.judge(error, worker);
        if (judged !== error) await worker.shutdown(NO_ROOM);
        throw judged;
      });
      return worker;
    } catch (error) {
      if (!isFsaError(error) || error.code !== 'WORKER_LOST' || attempt === FIRST_ATTEMPTS) throw error;
    }
  }
}

const NO_ROOM = 'has no room for files';
/** Places that are asked for in a row where each is on a node without room. */
const ROOM_TRIES = 2;

async function launchWithRoom(
  slot: Slot,
  launch: (slot: Slot) => Promise<Worker>,
  fullNodes: FullNodes,
): Promise<Worker> {
  const full: Worker[] = [];
  try {
    for (;;) {
      const worker = await launch(slot);
      const refusal = fullNodes.refusal(worker);
      if (refusal === null) return worker;
      // Held until there is another: its place would be the next one that is given.
      full.push(worker);
      if (full.length === ROOM_TRIES) throw refusal;
    }
  } finally {
    await Promise.all(full.map(async (worker) => await worker.shutdown(NO_ROOM)));
  }
}
