/** Python workers as the executor of a run's jobs: one process per slot, kept from job to job. */
import { join } from 'node:path';
import type { Emit } from '../../events.js';
import { PY_RUNTIME_FOLDER, type Runtime } from '../../runtime/locate.js';
import type { Job } from '../../scheduler/schedule.js';
import type { Slot } from '../../runtime/slot.js';
import { openWorkerHost } from '../../workers/host.js';
import type { Worker } from '../../workers/worker.js';
import type { Executor } from './dispatch.js';

export interface WorkerExecutorOptions<J extends Job> {
  readonly runtime: Runtime;
  /** The run folder: each worker's log lies in `workers/` there. */
  readonly folder: string;
  readonly emit: Emit;
  /** Does one attempt at a job on a worker. */
  readonly runJob: (worker: Worker, job: J, attempt: number) => Promise<void>;
}

/** Lets work be done by workers; all of them have ended when it resolves. */
export async function withWorkers<J extends Job, T>(
  { runtime, folder, emit, runJob }: WorkerExecutorOptions<J>,
  work: (executor: Executor<J, Slot>) => Promise<T>,
): Promise<T> {
  const host = await openWorkerHost({ python: runtime.python, runtimeFolder: PY_RUNTIME_FOLDER, emit });
  try {
    return await work({
      open: async (slot) => {
        const worker = await host.launch({ slot, logPath: join(folder, 'workers', `${slot.name}.log`) });
        return {
          run: async (job, attempt) => await runJob(worker, job, attempt),
          close: async () => void (await worker.shutdown()),
        };
      },
    });
  } finally {
    await host.close();
  }
}
