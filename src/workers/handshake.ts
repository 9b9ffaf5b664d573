/** From the start of a worker to its `welcome`: both sides must speak the very same protocol. */
import { FsaError } from '../errors.js';
import type { WorkerMessage } from '../rpc/messages.js';
import type { RuntimeRecord } from '../runtime/locate.js';
import { NO_MEMORY_EXIT_CODE, sentenceIn, WorkerLostError } from './errors.js';
import type { Outbox } from './outbox.js';
import type { WorkerLimits } from './types.js';
import type { Worker } from './worker.js';

type Hello = Extract<WorkerMessage, { type: 'hello' }>;

/** What a worker has to be. */
export interface OurSide {
  readonly protocolVersion: number;
  readonly schemaHash: string;
  /** Of this machine; null where the worker's can only be the same. */
  readonly runtime: Pick<RuntimeRecord, 'lockHash' | 'pythonVersion' | 'packages'> | null;
}

export class Handshake {
  /** Settles when the worker is ready, or with the reason why it never will be; the worker is then ended. */
  readonly done: Promise<void>;
  readonly #worker: Worker;
  readonly #outbox: Outbox;
  readonly #limits: WorkerLimits;
  readonly #ours: OurSide;
  #timer: NodeJS.Timeout | null = null;
  #settle!: { resolve: () => void; reject: (error: unknown) => void };
  #pending = true;

  constructor(worker: Worker, outbox: Outbox, limits: WorkerLimits, ours: OurSide) {
    this.#worker = worker;
    this.#outbox = outbox;
    this.#limits = limits;
    this.#ours = ours;
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    const late = `sent nothing within ${limits.startSeconds} s of its start`;
    const begin = (): void => {
      if (this.#pending) this.#timer = setTimeout(() => void worker.kill(late), limits.startSeconds * 1000);
    };
    // In a queue it cannot start.
    if (worker.process.placed === undefined) begin();
    else void worker.process.placed.then(begin);
    void worker.ended.then(({ reason, exitCode, signal }) => {
      const context = { lastStep: null, logTail: worker.recentLog(), logPath: worker.logPath };
      const said = sentenceIn(context.logTail);
      const what =
        exitCode === NO_MEMORY_EXIT_CODE
          ? `Worker ${worker.id} could not start: memory ran out while it loaded its libraries.`
          : said === null
            ? `Worker ${worker.id} ended before it was ready: it ${reason}.`
            : `Worker ${worker.id} could not start on ${said.host}: ${said.sentence}`;
      const advice =
        said === null ? {} : { advice: 'Then run the same command again: finished work is kept.' };
      this.#fail(new WorkerLostError(what, { exitCode, signal }, { ...context, ...advice }));
    });
  }

  get pending(): boolean {
    return this.#pending;
  }

  receive(message: WorkerMessage): void {
    if (message.type !== 'hello') {
      const problem = `the first message is hello, not ${message.type}`;
      void this.#outbox.offer({ type: 'protocol-error', message: problem, about: message.type });
      return;
    }
    const difference = this.#findDifference(message);
    if (difference !== null) {
      void this.#refuse(difference, {
        code: 'PROTOCOL',
        what: `Worker ${this.#worker.id} does not fit this version of fsa: ${difference}.`,
        advice: 'Reinstall fsa so that its Python part comes from the same version, then run `fsa setup`.',
      });
      return;
    }
    const other =
      this.#ours.runtime === null ? null : runtimeDifference(message.versions, this.#ours.runtime);
    if (other !== null) {
      void this.#refuse(other, {
        code: 'RUNTIME',
        what: `Worker ${this.#worker.id} has another runtime on ${message.hostname}: ${other}.`,
        advice: `Run \`fsa setup --force\` there with this version of fsa, or let it see this machine's FSA_CACHE.`,
      });
      return;
    }
    if (this.#lacksDevice(message)) {
      void this.#refuse('no GPU is seen there', {
        code: 'WORKER_LOST',
        what: `Worker ${this.#worker.id} sees no GPU on ${message.hostname}, with PyTorch ${message.versions.torch}.`,
        advice:
          "See that node's driver, and that the runtime has a PyTorch for its GPUs (`fsa setup --force --torch-index-url …`), or set cluster.gpusPerSlot: 0.",
      });
      return;
    }
    const { heartbeatSeconds, reportSeconds } = this.#limits;
    this.#outbox.post({ type: 'welcome', workerId: this.#worker.id, heartbeatSeconds, reportSeconds });
    const { hostname, sharesDisk, roomBytes, versions, devices } = message;
    this.#worker.becomeReady({ hostname, sharesDisk, roomBytes, versions, devices });
    this.#finish();
    this.#settle.resolve();
  }

  /** Where an engine placed it: of this machine's own devices its jobs know. */
  #lacksDevice({ devices }: Hello): boolean {
    const { slot, process } = this.#worker;
    return process.placed !== undefined && devices.every(({ name }) => name !== slot.device);
  }

  #findDifference(hello: Hello): string | null {
    const { protocolVersion, schemaHash } = this.#ours;
    if (hello.protocolVersion !== protocolVersion) {
      return `it speaks protocol version ${hello.protocolVersion}, this side ${protocolVersion}`;
    }
    if (hello.schemaHash !== schemaHash) {
      return `its message schema is ${hello.schemaHash.slice(0, 12)}…, this side's ${schemaHash.slice(0, 12)}…`;
    }
    // On Windows a virtual environment's python.exe starts the real one as its child.
    const { pid } = this.#worker;
    if (pid !== null && hello.pid !== pid && process.platform !== 'win32') {
      return `it says to be process ${hello.pid}, but ${pid} was started`;
    }
    return null;
  }

  async #refuse(
    difference: string,
    { code, what, advice }: { code: 'PROTOCOL' | 'RUNTIME' | 'WORKER_LOST'; what: string; advice: string },
  ): Promise<void> {
    this.#outbox.post({ type: 'protocol-error', message: `You are refused: ${difference}.`, about: 'hello' });
    this.#fail(new FsaError(code, what, { where: this.#worker.logPath, advice }));
    await this.#worker.shutdown('was refused at the handshake');
  }

  #fail(error: FsaError): void {
    this.#finish();
    this.#settle.reject(error);
  }

  #finish(): void {
    this.#pending = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

/** Other packages give other numbers; of Python's own releases only the minor one counts. */
function runtimeDifference(
  { lock, python, ...packages }: Hello['versions'],
  runtime: NonNullable<OurSide['runtime']>,
): string | null {
  if (lock !== null && lock !== runtime.lockHash)
    return `it was made from the lock ${lock.slice(0, 12)}…, this side's from ${runtime.lockHash.slice(0, 12)}…`;
  const minor = (version: string): string => version.split('.').slice(0, 2).join('.');
  if (minor(python) !== minor(runtime.pythonVersion))
    return `it has Python ${python}, this side ${runtime.pythonVersion}`;
  for (const [name, theirs] of Object.entries(packages)) {
    const ours = runtime.packages[name];
    if (ours !== undefined && release(theirs) !== release(ours))
      return `it has ${name} ${theirs}, this side ${ours}`;
  }
  return null;
}

/** `2.9.0+cpu` and `2.9.0+cu128` are one release for two kinds of device. */
function release(version: string): string {
  return version.split('+')[0] ?? version;
}
