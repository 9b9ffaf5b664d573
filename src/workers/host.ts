/** The home of the workers of one run: their socket, their keys, their heartbeat, their end. */
import type { Slot } from '../runtime/slot.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import { FsaError } from '../errors.js';
import type { Emit } from '../events.js';
import { protocolSchemaHash } from '../rpc/json-schema.js';
import { PROTOCOL_VERSION, type WorkerMessage } from '../rpc/messages.js';
import type { Header } from '../rpc/delivery.js';
import { type Admission, type MessageRouter, openRouter } from '../rpc/router.js';
import { PY_RUNTIME_FOLDER } from '../runtime/locate.js';
import { WORKER_PROGRAM, workerEnvironment } from './environment.js';
import { Handshake, type OurSide } from './handshake.js';
import { WorkerKeys } from './keys.js';
import { nowSeconds, transportSilenceSeconds } from './liveness.js';
import { LogFile } from './log-file.js';
import { Outbox } from './outbox.js';
import type { Launcher } from './launchers/launcher.js';
import { LOCAL } from './launchers/local.js';
import { DEFAULT_LIMITS, intervalsOf, type WorkerLimits } from './types.js';
import { Worker } from './worker.js';

export interface WorkerHostOptions {
  /** The runtime's interpreter. */
  readonly python: string;
  /** The folder that holds the `fsa_runtime` package; this package's own where it is not given. */
  readonly runtimeFolder?: string;
  /** What starts the workers; this machine where it is not given. */
  readonly launcher?: Launcher;
  /** What workers have to run in, where that is not read from this machine's disk. */
  readonly runtime?: OurSide['runtime'];
  readonly emit: Emit;
  /** How many there will be at once, at most; few where it is not given. */
  readonly workers?: number;
  /** Aborting closes the host. */
  readonly signal?: AbortSignal;
  readonly limits?: Partial<WorkerLimits>;
  /** What Python runs; `-m fsa_runtime` where it is not given. */
  readonly program?: readonly string[];
}

interface LaunchOptions {
  readonly slot: Slot;
  /** Everything the worker prints goes here, up to a cap. */
  readonly logPath: string;
  /** The log is written once this settles, and never where it rejects; at once where it is not given. */
  readonly mayWrite?: Promise<void>;
  /** Start of the worker's id; the slot's name where it is not given. */
  readonly label?: string;
}

export interface WorkerHost {
  /**
   * Starts a worker; resolves when it is ready for jobs.
   * @throws FsaError RUNTIME when Python cannot be started, PROTOCOL when the two sides differ,
   * WORKER_LOST when it ends or says nothing, CANCELLED when the host closes meanwhile
   */
  launch(options: LaunchOptions): Promise<Worker>;
  /** Ends every worker and leaves nothing behind. May be called twice. */
  close(): Promise<void>;
}

/** So long for the engine's name of the place of a worker that is there. */
const NAME_MS = 5_000;

interface Member {
  readonly worker: Worker;
  readonly handshake: Handshake;
  readonly outbox: Outbox;
  readonly keys: WorkerKeys;
}

/**
 * ZeroMQ aborts the whole process when a thread that uses it is terminated, as test runners and job queues do.
 * @throws FsaError USAGE in a worker thread
 */
export function refuseThread(): void {
  if (isMainThread) return;
  throw new FsaError('USAGE', 'Python workers cannot be started from a worker thread of Node.', {
    where: 'node:worker_threads',
    advice: 'Call fsa in the main thread, or in a child process (node:child_process).',
  });
}

/** Opens the socket on a port of the system's choosing. @throws FsaError PROTOCOL, USAGE in a thread */
export async function openWorkerHost(options: WorkerHostOptions): Promise<WorkerHost> {
  refuseThread();
  if (options.signal?.aborted === true) throw closedError();
  const host = new OpenHost(options);
  await host.open();
  return host;
}

class OpenHost implements WorkerHost {
  readonly #options: WorkerHostOptions;
  readonly #limits: WorkerLimits;
  readonly #launcher: Launcher;
  readonly #members = new Map<string, Member>();
  /** Identities of workers that are being launched: over a slow engine one may be there before its launch is through. */
  readonly #coming = new Set<string>();
  readonly #starting = new Set<Promise<unknown>>();
  #router!: MessageRouter;
  #timer: NodeJS.Timeout | null = null;
  #launched = 0;
  #closing: Promise<void> | null = null;
  #refusals = 0;
  readonly #onAbort = (): void => void this.close();

  constructor(options: WorkerHostOptions) {
    this.#options = options;
    this.#launcher = options.launcher ?? LOCAL;
    const intervals = intervalsOf(options.workers ?? 1);
    this.#limits = { ...DEFAULT_LIMITS, ...intervals, ...this.#launcher.limits, ...options.limits };
  }

  async open(): Promise<void> {
    this.#router = await openRouter({
      bind: this.#launcher.bind,
      silentAfterSeconds: transportSilenceSeconds(this.#limits),
      onHeader: (identity, header) => this.#heard(identity, header),
      onMessage: (identity, message, bytes) => this.#receive(identity, message, bytes),
      onMalformed: (identity, reason, about) => this.#memberAt(identity)?.worker.malformed(reason, about),
      onTooLarge: (identity, reason) => this.#memberAt(identity)?.worker.sentTooMuch(reason),
      onRefused: (address) => this.#refused(address),
    });
    this.#timer = setInterval(() => this.#beat(), this.#limits.heartbeatSeconds * 1000);
    this.#options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  async launch(options: LaunchOptions): Promise<Worker> {
    if (this.#closing !== null) throw closedError();
    const launching = this.#launch(options);
    this.#starting.add(launching);
    try {
      return await launching;
    } finally {
      this.#starting.delete(launching);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #launch({ slot, logPath, label, mayWrite }: LaunchOptions): Promise<Worker> {
    this.#launched += 1;
    const id = `${label ?? slot.name}#${this.#launched}`;
    const started = nowSeconds();
    const log = mayWrite === undefined ? await LogFile.open(logPath) : LogFile.openOnce(mayWrite, logPath);
    const admission = this.#router.admit();
    this.#coming.add(admission.identity);
    const member = await this.#start(id, slot, log, admission)
      .catch((error: unknown) => {
        this.#router.dismiss(admission);
        throw error;
      })
      .finally(() => this.#coming.delete(admission.identity));
    if (this.#isClosing()) void member.worker.shutdown();
    await this.#awaitPlace(id, member);
    await member.handshake.done.catch((error: unknown) => {
      throw this.#isClosing() ? closedError() : error;
    });
    const seconds = nowSeconds() - started;
    this.#options.emit({ type: 'worker-ready', workerId: id, slot: slot.name, seconds });
    return member.worker;
  }

  /** A queue may be long: the time in it is no time of starting. Who speaks has left it, whatever the engine knows. */
  async #awaitPlace(workerId: string, { worker, handshake }: Member): Promise<void> {
    const { emit } = this.#options;
    const { slot, pid, process } = worker;
    const { job, placed } = process;
    if (placed === undefined) {
      emit({ type: 'worker-started', workerId, slot: slot.name, pid, host: null });
      return;
    }
    const queued = { type: 'worker-queued', workerId, slot: slot.name, job: job ?? '' } as const;
    emit({ ...queued, why: null });
    process.tellWaits?.((why) => emit({ ...queued, why }));
    const spoke = handshake.done.then(
      async () => {
        // The engine may call its place by another name, and say so soon.
        process.ask?.();
        return await Promise.race([placed, sleep(NAME_MS, { where: worker.hello.hostname }, { ref: false })]);
      },
      () => null,
    );
    const place = await Promise.race([placed, spoke, process.ended.then(() => null)]);
    if (place !== null) emit({ type: 'worker-started', workerId, slot: slot.name, pid, host: place.where });
  }

  async #start(id: string, slot: Slot, log: LogFile, admission: Admission): Promise<Member> {
    const runtimeFolder = this.#options.runtimeFolder ?? PY_RUNTIME_FOLDER;
    const process = await this.#launcher.start({
      python: this.#options.python,
      arguments: this.#options.program ?? WORKER_PROGRAM,
      env: workerEnvironment(slot, runtimeFolder, {
        endpoint: this.#router.endpoint,
        serverKey: this.#router.publicKey,
        admission,
        orphanAfterSeconds: this.#limits.orphanAfterSeconds,
        silentAfterSeconds: transportSilenceSeconds(this.#limits),
      }),
      log,
      slot,
    });
    const outbox = new Outbox(this.#router, null, this.#limits.heartbeatSeconds);
    const keys = new WorkerKeys(this.#router, admission.publicKey);
    const onEnd = (): void => {
      this.#members.delete(admission.identity);
      keys.forget();
    };
    const { emit } = this.#options;
    const worker = new Worker({ id, slot, process, log, outbox, limits: this.#limits, emit, onEnd });
    const handshake = new Handshake(worker, outbox, this.#limits, {
      protocolVersion: PROTOCOL_VERSION,
      schemaHash: protocolSchemaHash(),
      runtime: this.#options.runtime ?? null,
    });
    const member = { worker, handshake, outbox, keys };
    this.#members.set(admission.identity, member);
    return member;
  }

  #memberAt(identity: string): Member | undefined {
    // Of most it is the ticket itself.
    const member = this.#members.get(identity) ?? this.#members.get(ticketOf(identity));
    return member?.outbox.isWith(identity) === true ? member : undefined;
  }

  /** @returns whether the message is to be read */
  #heard(identity: string, header: Header): boolean {
    const member = this.#memberAt(identity);
    if (member?.outbox.isForged(header) === true) {
      member.worker.malformed('a header acknowledges messages that were never sent', null);
      return false;
    }
    if (member !== undefined) return member.outbox.arrived(header, nowSeconds());
    // One that comes says its hello again. Else it was given up, and what it was at is another's by now; or it is the
    // second that came with one ticket.
    const isComing = this.#coming.has(ticketOf(identity));
    const word = isComing
      ? ({ type: 'orchestrator-heartbeat', sequence: 0 } as const)
      : ({ type: 'shutdown' } as const);
    void new Outbox(this.#router, identity, this.#limits.heartbeatSeconds).offer(word);
    return false;
  }

  #receive(identity: string, message: WorkerMessage, bytes: number): void {
    const member = this.#memberAt(identity);
    if (member === undefined) return;
    const { worker, handshake, keys } = member;
    if (message.type === 'hello' && message.ownKey !== null) keys.useOwn(message.ownKey);
    if (handshake.pending) handshake.receive(message);
    else worker.receive(message, bytes);
    if (member.outbox.settled) keys.forgetTicket();
  }

  #beat(): void {
    for (const { worker } of this.#members.values()) void worker.watch();
  }

  /** Said once: a port scanner must not fill the journal. */
  #refused(address: string): void {
    this.#refusals += 1;
    if (this.#refusals > 1) return;
    this.#options.emit({
      type: 'warning',
      message: `A program that is no worker of this run tried to connect from ${address} and was refused.`,
      where: this.#router.endpoint,
    });
  }

  /** A call, so that the compiler does not think it knows the answer from before an await. */
  #isClosing(): boolean {
    return this.#closing !== null;
  }

  async #close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#launcher.stop?.();
    await this.#endMembers();
    // A launch that was under way may have brought a process into the world meanwhile.
    await Promise.allSettled(this.#starting);
    await this.#endMembers();
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#router.close();
  }

  async #endMembers(): Promise<void> {
    await Promise.all([...this.#members.values()].map(endMember));
  }
}

/** One that is still importing has nothing to save, and would not hear that it is to end. */
async function endMember({ worker, handshake }: Member): Promise<void> {
  const imports = handshake.pending && worker.process.placed === undefined;
  await (imports ? worker.kill('shut down') : worker.shutdown());
}

/** A worker that a cluster started adds to the identity of its ticket, behind a dot: two with one are two. */
function ticketOf(identity: string): string {
  return identity.split('.')[0] ?? '';
}

function closedError(): FsaError {
  return new FsaError('CANCELLED', 'The workers are being shut down.');
}
