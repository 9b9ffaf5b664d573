/**
 * A run's first worker, started while the run is still being read: of the second that it needs, most passes beside
 * that. Nothing of it is seen or written before the run has its folder.
 */
import { join } from 'node:path';
import type { Emit, FsaEventBody } from '../../events.js';
import type { Runtime } from '../../runtime/locate.js';
import type { Slot } from '../../runtime/slot.js';
import { openWorkerHost, type WorkerHost } from '../../workers/host.js';
import type { Worker } from '../../workers/worker.js';
import { PROCESS_SLOTS } from './slot-pool.js';

interface HeadStartOptions {
  readonly runtime: Runtime;
  /** The slots of the run; the first one's worker is started. */
  readonly slots: readonly [Slot, ...Slot[]];
  /** What will be the run's. */
  readonly folder: string;
}

export class HeadStart {
  readonly #host: Promise<WorkerHost>;
  readonly #slot: Slot;
  readonly #held: FsaEventBody[] = [];
  readonly #mayWrite: Promise<void>;
  #isOurs!: () => void;
  #isNotOurs!: () => void;
  #emit: Emit = (body) => void this.#held.push(body);
  #worker: Promise<Worker> | null = null;

  /** Starts at once; what goes wrong is heard by whoever takes the worker. */
  constructor({ runtime, slots, folder }: HeadStartOptions) {
    [this.#slot] = slots;
    const emit: Emit = (body) => this.#emit(body);
    this.#host = openWorkerHost({ python: runtime.python, emit, workers: slots.length });
    this.#mayWrite = new Promise((resolve, reject) => {
      this.#isOurs = resolve;
      this.#isNotOurs = () => reject(new Error('The run was given up.'));
    });
    this.#mayWrite.catch(() => undefined);
    this.#host.then(
      (host) => this.#launch(host, folder),
      () => undefined,
    );
  }

  /** The folder is the run's: the log may be written, and what was said so far is passed on. */
  async adopt(emit: Emit): Promise<WorkerHost> {
    const host = await this.#host;
    this.#isOurs();
    this.#emit = emit;
    for (const body of this.#held.splice(0)) emit(body);
    return host;
  }

  /** The worker of this slot, once: where it is lost, another has to be started. Null where there is none. */
  take(slot: Slot): Promise<Worker> | null {
    if (slot !== this.#slot) return null;
    const worker = this.#worker;
    this.#worker = null;
    return worker;
  }

  /** Ends what is left of it. May be called twice. */
  async close(): Promise<void> {
    this.#isNotOurs();
    const host = await this.#host.catch(() => null);
    await host?.close();
  }

  #launch(host: WorkerHost, folder: string): void {
    const giveBack = PROCESS_SLOTS.takeNow(host, this.#slot);
    if (giveBack === null) return;
    const logPath = logOf(folder, this.#slot);
    const options = { slot: this.#slot, logPath, mayWrite: this.#mayWrite };
    this.#worker = launchLeased(host, options, giveBack);
    this.#worker.catch(() => undefined);
  }
}

/** A worker's log in its run's folder. */
export function logOf(folder: string, slot: Slot): string {
  return join(folder, 'workers', `${slot.name}.log`);
}

/** A worker whose slot was leased: that is given back when it ends. */
export async function launchLeased(
  host: WorkerHost,
  options: Parameters<WorkerHost['launch']>[0],
  giveBack: () => void,
): Promise<Worker> {
  try {
    const worker = await host.launch(options);
    worker.ended.then(giveBack, giveBack);
    return worker;
  } catch (error) {
    giveBack();
    throw error;
  }
}
