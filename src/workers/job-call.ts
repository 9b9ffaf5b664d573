/** One job on one worker, from `run` to its end: follows the messages, calls back, settles a promise. */
import { FsaError } from '../errors.js';
import type {
  JobClaim,
  JobKind,
  JobOutput,
  JobSpec,
  OrchestratorMessage,
  WorkerMessage,
} from '../rpc/messages.js';
import { JobFailedError } from './errors.js';
import { LatestOnly } from './latest-only.js';
import type { RunOptions, WorkerProgress } from './types.js';

export type JobMessage = Extract<WorkerMessage, JobClaim>;

/** What a call needs of its worker. */
export interface CallContext {
  readonly logPath: string;
  readonly cancelSeconds: number;
  post(message: OrchestratorMessage): void;
  /** The job does not end though it was cancelled. */
  giveUp(why: string): void;
}

/** A worker that says "no job" this many times in a row while we wait has lost the message that matters. */
const IDLE_BEATS_ALLOWED = 5;

export class JobCall {
  readonly claim: JobClaim;
  readonly output: Promise<JobOutput>;
  #settle!: { resolve: (output: JobOutput) => void; reject: (error: unknown) => void };
  readonly #kind: JobKind;
  readonly #options: RunOptions;
  readonly #context: CallContext;
  readonly #progress: LatestOnly<WorkerProgress>;
  /** Callbacks run one after the other, in the order of the messages. */
  #turn: Promise<void> = Promise.resolve();
  #callbackFault: { readonly error: unknown } | null = null;
  #cancelTimer: NodeJS.Timeout | null = null;
  #cancelled = false;
  #handedOver: FsaError | null = null;
  #answered = false;
  #judging = 0;
  #idleBeats = 0;
  #lastStep: number | null = null;
  readonly #onAbort = (): void => this.#cancel(this.#options.cancelMode === 'save-and-stop');

  constructor(spec: JobSpec, options: RunOptions, context: CallContext) {
    this.claim = claimOf(options);
    this.#kind = spec.kind;
    this.#options = options;
    this.#context = context;
    this.#progress = new LatestOnly(options.onProgress ?? (() => undefined), (error) => this.#fault(error));
    this.output = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    context.post({ type: 'run', ...this.claim, spec });
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** The last optimizer step that the worker reported. */
  get lastStep(): number | null {
    return this.#lastStep;
  }

  /** Whether the job stands still because it waits for our verdict. */
  get judging(): boolean {
    return this.#judging > 0;
  }

  /** @returns false when the message lacks what its job kind promises */
  handle(message: JobMessage): boolean {
    switch (message.type) {
      case 'progress': {
        const { type: _type, jobId: _jobId, term: _term, attempt: _attempt, ...progress } = message;
        if (progress.phase === 'train') this.#lastStep = progress.done;
        this.#progress.offer(progress);
        return true;
      }
      case 'metrics':
        this.#lastStep = message.records.at(-1)?.step ?? this.#lastStep;
        this.#call(() => this.#options.onMetrics?.(message.records));
        return true;
      case 'generated':
        this.#judge(message.epoch, message.texts);
        return true;
      case 'saved': {
        const { step, path, manifestSha256 } = message;
        this.#call(async () => {
          await this.#options.onSaved?.({ step, path, manifestSha256 });
          // In its turn: what came before is written down by now.
          this.#context.post({ type: 'recorded', ...this.claim, step });
        });
        return true;
      }
      case 'notice':
        this.#call(() => this.#options.onNotice?.(message.message));
        return true;
      case 'result':
        if (message.output.kind !== this.#kind) return false;
        this.#end(() => this.#settle.resolve(message.output));
        return true;
      case 'failed':
        this.#end(() => this.#settle.reject(new JobFailedError(message, this.#context.logPath)));
        return true;
      case 'cancelled':
        this.#end(() => this.#settle.reject(this.#handedOver ?? cancelledError()));
        return true;
    }
  }

  /** Whether a message is of this very attempt. */
  owns({ jobId, term, attempt }: JobClaim): boolean {
    const { claim } = this;
    return jobId === claim.jobId && term === claim.term && attempt === claim.attempt;
  }

  /** The worker's machine is taken away: the job saves and ends, to go on elsewhere. */
  handOver(error: FsaError): void {
    if (this.#answered || this.#cancelled) return;
    this.#handedOver = error;
    this.#cancel(true);
  }

  /** A beat said that the worker has no job. @returns false when that can no longer be a matter of timing */
  idleBeat(): boolean {
    this.#idleBeats += 1;
    return this.#answered || this.#idleBeats <= IDLE_BEATS_ALLOWED;
  }

  busyBeat(): void {
    this.#idleBeats = 0;
  }

  /** The worker is gone. What it said before still counts; a cancelled job was to end anyway. */
  lose(error: FsaError): void {
    if (this.#answered) return;
    const lost = this.#handedOver ?? error;
    this.#end(() =>
      this.#settle.reject(this.#cancelled && this.#handedOver === null ? cancelledError(error) : lost),
    );
  }

  #judge(epoch: number, texts: readonly string[]): void {
    this.#judging += 1;
    this.#call(async () => {
      try {
        const verdict = await (this.#options.onGenerated?.(epoch, texts) ?? { best: true, stop: false });
        this.#context.post({
          type: 'epoch-decision',
          ...this.claim,
          epoch,
          best: verdict.best,
          stop: verdict.stop,
        });
      } finally {
        this.#judging -= 1;
      }
    });
  }

  #call(callback: () => unknown): void {
    this.#turn = this.#turn.then(async () => {
      if (this.#callbackFault !== null) return;
      try {
        await callback();
      } catch (error) {
        this.#fault(error);
      }
    });
  }

  /** The caller's own code failed: the job is of no use any more, and the caller learns why. */
  #fault(error: unknown): void {
    if (this.#callbackFault !== null) return;
    this.#callbackFault = { error };
    this.#cancel(false);
  }

  #cancel(save: boolean): void {
    if (this.#answered) return;
    this.#cancelled = true;
    this.#context.post({ type: 'cancel', ...this.claim, save });
    this.#cancelTimer ??= setTimeout(
      () => this.#context.giveUp(`did not cancel its job within ${this.#context.cancelSeconds} s`),
      this.#context.cancelSeconds * 1000,
    );
  }

  #end(settle: () => void): void {
    this.#answered = true;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    if (this.#cancelTimer !== null) clearTimeout(this.#cancelTimer);
    this.#progress.stop();
    void this.#turn.then(() => {
      if (this.#callbackFault === null) settle();
      else this.#settle.reject(this.#callbackFault.error);
    });
  }
}

export function claimOf({
  jobId,
  term = 1,
  attempt,
}: Pick<RunOptions, 'jobId' | 'term' | 'attempt'>): JobClaim {
  return { jobId, term, attempt };
}

export function cancelledError(cause?: unknown): FsaError {
  return new FsaError('CANCELLED', 'The job was cancelled.', cause === undefined ? {} : { cause });
}
