/** A living Python worker: runs one job at a time, is watched, and is ended with everything it started. */
import type { Slot } from '../runtime/slot.js';
import { FsaError } from '../errors.js';
import { encodeOrchestratorMessage } from '../rpc/codec.js';
import type { JobKind, OrchestratorMessage, OutputOf, SpecOf, WorkerMessage } from '../rpc/messages.js';
import { describeEnd, WorkerLeftError, WorkerLostError } from './errors.js';
import { cancelledError, claimOf, JobCall } from './job-call.js';
import { Liveness, nowSeconds } from './liveness.js';
import type { LaunchedProcess } from './launchers/launcher.js';
import type { WorkerParts } from './parts.js';
import type { RunOptions, WorkerEnd, WorkerSelf } from './types.js';

/** Malformed messages that are put up with, each answered by `problem`. */
const MALFORMED_ALLOWED = 100;

/** How long an interpreter is silent before the user is told. */
const MENTION_SILENCE_AFTER_SECONDS = 30;

/** Messages without which a job cannot end or go on. */
const ESSENTIAL = new Set<string | null>(['result', 'failed', 'cancelled', 'generated', 'metrics', 'saved']);

/** Messages of which the last alone is kept. */
const PASSING = new Set<WorkerMessage['type']>(['progress', 'worker-heartbeat']);

export class Worker {
  readonly id: string;
  readonly slot: Slot;
  /** null where it runs on another machine. */
  readonly pid: number | null;
  readonly logPath: string;
  /** Settles when the process and its children have ended. Never rejects. */
  readonly ended: Promise<WorkerEnd>;
  /** For the host. */
  readonly process: LaunchedProcess;
  readonly #parts: WorkerParts;
  readonly #liveness: Liveness;
  #self: WorkerSelf | null = null;
  #call: JobCall | null = null;
  #malformed = 0;
  #jobBytes = 0;
  #beats = 0;
  #silenceMentioned = false;
  #ending = false;
  #leaving = false;
  #expected = false;
  /** Why we ended it; null where it ended by itself. */
  #verdict: { readonly reason: string; readonly error: FsaError | null } | null = null;

  /** Use `WorkerHost.launch`. */
  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.slot = parts.slot;
    this.pid = parts.process.pid;
    this.logPath = parts.log.path;
    this.#liveness = new Liveness(parts.limits, nowSeconds());
    this.process = parts.process;
    this.ended = parts.process.ended.then(({ exitCode, signal, how }) => {
      const reason = this.#verdict?.reason ?? how ?? describeEnd(exitCode, signal);
      this.#finish(reason, exitCode, signal);
      return { exitCode, signal, reason };
    });
  }

  /** Versions and devices as the worker found them. */
  get hello(): WorkerSelf {
    if (this.#self === null) throw new FsaError('BUG', `Worker ${this.id} was used before it was ready.`);
    return this.#self;
  }

  get busy(): boolean {
    return this.#call !== null;
  }

  /**
   * Runs a job to its end.
   * @throws FsaError JOB_FAILED, CONFIG about the model (`JobFailedError`), WORKER_LOST (`WorkerLostError`), CANCELLED, PROTOCOL
   */
  async run<Kind extends JobKind>(spec: SpecOf<Kind>, options: RunOptions): Promise<OutputOf<Kind>> {
    const { begin } = this.#parts.process;
    if (begin !== undefined) await begin(spec);
    if (options.signal?.aborted === true) throw cancelledError();
    if (this.#call !== null) {
      throw new FsaError('BUG', `Worker ${this.id} already runs job ${this.#call.claim.jobId}.`);
    }
    if (this.#leaving) throw new WorkerLeftError(`Worker ${this.id} has to leave.`, this.logPath);
    if (this.#ending || !this.#parts.process.running) throw await this.#lostError(null);
    // Before anything is sent: a spec that breaks the protocol is the caller's fault, not the worker's.
    encodeOrchestratorMessage({ type: 'run', ...claimOf(options), spec });
    this.#liveness.rested(nowSeconds());
    const call = new JobCall(spec, options, {
      logPath: this.logPath,
      cancelSeconds: this.#parts.limits.cancelSeconds,
      post: (message) => this.#parts.outbox.post(message),
      giveUp: (why) => this.#giveUp(why),
    });
    this.#call = call;
    this.#jobBytes = 0;
    try {
      return (await call.output) as OutputOf<Kind>;
    } finally {
      this.#call = null;
    }
  }

  /** Asks the worker to end, then makes it. Resolves when nothing of it is left. */
  async shutdown(reason = 'shut down'): Promise<WorkerEnd> {
    if (!this.#ending) {
      this.#ending = true;
      this.#expected = true;
      this.#verdict = { reason, error: null };
      this.#parts.outbox.post({ type: 'shutdown' });
    }
    const { process, outbox, limits } = this.#parts;
    // Who waits in a queue does not end by itself.
    const graceSeconds = this.#self === null && process.placed !== undefined ? 0 : limits.endSeconds;
    await process.end(graceSeconds, outbox.hungUp());
    return await this.ended;
  }

  /** Ends the worker and its children at once. */
  async kill(reason = 'killed'): Promise<WorkerEnd> {
    this.#expected ||= !this.#ending;
    this.#endNow(reason, null);
    return await this.ended;
  }

  /** The last few kilobytes of what the worker printed. */
  recentLog(): string {
    return this.#parts.log.recent();
  }

  // ---------------------------------------------------------------- for the host

  /** The handshake is done. */
  becomeReady(self: WorkerSelf): void {
    this.#self = self;
    this.#liveness.heard(nowSeconds());
  }

  /** A message that needs no handshake any more. */
  receive(message: WorkerMessage, bytes = 0): void {
    const now = nowSeconds();
    this.#liveness.heard(now);
    if (!PASSING.has(message.type)) this.#jobBytes += bytes;
    const most = this.#parts.limits.jobBytes;
    if (this.#jobBytes > most) {
      this.sentTooMuch(`more than ${most} bytes for one job`);
      return;
    }
    if (message.type === 'worker-heartbeat') {
      this.#beatArrived(message, now);
    } else if (message.type === 'protocol-error') {
      this.#objected(message);
    } else if (message.type === 'hello') {
      this.#malformedArrived('a worker says hello once', 'hello');
    } else if (message.type === 'leaving') {
      this.#leaves(message);
    } else if (this.#call?.owns(message) !== true) {
      // Fenced: an end that came too late, or a message of a job or an attempt that is not ours.
      this.#malformedArrived(`job ${message.jobId} does not run on this worker`, message.type);
    } else if (!this.#call.handle(message)) {
      this.#breakOff(`Worker ${this.id} answered job ${message.jobId} with the wrong kind of result.`);
    }
  }

  /** A message that could not be understood. */
  malformed(reason: string, about: string | null): void {
    this.#liveness.heard(nowSeconds());
    this.#malformedArrived(reason, about);
    if (this.#call !== null && ESSENTIAL.has(about)) {
      this.#breakOff(
        `Worker ${this.id} sent a message of type ${about ?? ''} that breaks the protocol.`,
        reason,
      );
    }
  }

  /** A limit of size is passed: ended before it fills this process's memory. */
  sentTooMuch(what: string): void {
    this.#breakOff(`Worker ${this.id} sent ${what}.`);
  }

  /** Once per beat interval: sends a beat and judges the worker. */
  async watch(): Promise<void> {
    if (this.#ending || this.#self === null) return;
    this.#beats += 1;
    const beat: OrchestratorMessage = { type: 'orchestrator-heartbeat', sequence: this.#beats };
    if ((await this.#parts.outbox.offer(beat)) !== 'unreachable') this.#liveness.reached(nowSeconds());
    const now = nowSeconds();
    if (this.#call === null || this.#call.judging) this.#liveness.rested(now);
    const verdict = this.#liveness.check(now);
    if (!verdict.alive) this.#giveUp(verdict.why);
    else this.#mentionSilence(this.#liveness.silence(now));
  }

  // ---------------------------------------------------------------- what can go wrong

  /** No fault, but the user may wonder why nothing moves. Said once per silence. */
  #mentionSilence(seconds: number): void {
    if (seconds > MENTION_SILENCE_AFTER_SECONDS && !this.#silenceMentioned) {
      this.#warn(`Worker ${this.id} has been busy in native code for ${Math.round(seconds)} s.`);
    }
    this.#silenceMentioned = seconds > MENTION_SILENCE_AFTER_SECONDS;
  }

  #beatArrived(beat: Extract<WorkerMessage, { type: 'worker-heartbeat' }>, now: number): void {
    this.#liveness.counted(beat.workUnits, now);
    if (this.#call === null) return;
    if (beat.jobId === this.#call.claim.jobId) this.#call.busyBeat();
    // While something is under way between us, after a cut for example, its beats may be older than that.
    else if (this.#parts.outbox.settled && !this.#call.idleBeat())
      this.#giveUp('lost a message: it has no job while one is expected of it');
  }

  /** Its job goes on elsewhere, from what it saves now. */
  #leaves({ reason, seconds }: Extract<WorkerMessage, { type: 'leaving' }>): void {
    const why = reason === 'time-limit' ? 'its time is up' : 'its place is needed for others';
    const left = seconds === null ? '' : `, in ${Math.round(seconds)} s`;
    this.#warn(`Worker ${this.id} has to leave${left}: ${why}.`);
    this.#leaving = true;
    const error = new WorkerLeftError(`Worker ${this.id} had to leave: ${why}.`, this.logPath);
    this.#call?.handOver(error);
  }

  #objected(problem: Extract<WorkerMessage, { type: 'protocol-error' }>): void {
    const about = problem.about === null ? '' : ` (about ${problem.about})`;
    this.#warn(`Worker ${this.id} did not understand us: ${problem.message}${about}.`);
    if (this.#call !== null && ['run', 'epoch-decision', 'cancel'].includes(problem.about ?? '')) {
      this.#breakOff(`Worker ${this.id} did not understand a message.`, problem.message);
    }
  }

  #malformedArrived(reason: string, about: string | null): void {
    this.#malformed += 1;
    void this.#parts.outbox.offer({ type: 'protocol-error', message: reason, about });
    if (this.#malformed === 1) this.#warn(`Worker ${this.id} sent a message that is refused: ${reason}.`);
    if (this.#malformed > MALFORMED_ALLOWED) {
      this.#breakOff(`Worker ${this.id} broke the protocol ${this.#malformed} times.`, reason);
    }
  }

  #warn(message: string): void {
    this.#parts.emit({ type: 'warning', message, where: this.logPath });
  }

  #breakOff(what: string, reason?: string): void {
    const error = new FsaError('PROTOCOL', what, {
      where: this.logPath,
      ...(reason === undefined ? {} : { problems: [reason] }),
      advice: 'Run `fsa setup --force` so that both sides come from the same version.',
    });
    this.#endNow('broke the protocol', error);
  }

  #giveUp(why: string): void {
    this.#endNow(why, null);
  }

  #endNow(reason: string, error: FsaError | null): void {
    this.#ending = true;
    this.#verdict ??= { reason, error };
    this.#parts.process.kill();
  }

  #finish(reason: string, exitCode: number | null, signal: NodeJS.Signals | null): void {
    this.#ending = true;
    this.#parts.outbox.close();
    this.#parts.onEnd();
    this.#parts.emit({
      type: 'worker-ended',
      workerId: this.id,
      slot: this.slot.name,
      reason,
      expected: this.#expected,
    });
    this.#call?.lose(this.#verdict?.error ?? this.#makeLostError(reason, { exitCode, signal }));
  }

  async #lostError(lastStep: number | null): Promise<FsaError> {
    const end = await this.ended;
    return this.#verdict?.error ?? this.#makeLostError(end.reason, end, lastStep);
  }

  #makeLostError(
    reason: string,
    end: { exitCode: number | null; signal: NodeJS.Signals | null },
    lastStep = this.#call?.lastStep ?? null,
  ): WorkerLostError {
    // The reason first: a narrow terminal shows no more.
    const job = this.#call === null ? '' : `, while it ran job ${this.#call.claim.jobId}`;
    const step = lastStep === null ? '' : ` after step ${lastStep}`;
    return new WorkerLostError(`Worker ${this.id} was lost: it ${reason}${job}${step}.`, end, {
      lastStep,
      logTail: this.recentLog(),
      logPath: this.logPath,
    });
  }
}
