/**
 * Which job runs on which slot, when, and again after which failure. Pure: it is told what happened and
 * what time it is, and answers what to do; it starts nothing itself.
 */
import TinyQueue from 'tinyqueue';
import { ReadyJobs } from './ready-jobs.js';

/** A job as the scheduler sees it. */
export interface Job {
  readonly id: string;
  /** Jobs of one affinity run well after each other on one worker: its model is in memory. */
  readonly affinity: string;
  /** Expected work in any unit; long jobs go first so that no slot ends late. */
  readonly cost: number;
}

/** Why an attempt ended early, as far as a decision needs it; a job that was handed over has not failed. */
export type Failure = 'handed-over' | 'worker-lost' | 'retryable' | 'final';

export interface RetryPolicy {
  /** Attempts in all after a lost worker. */
  readonly attemptsAfterLoss: number;
  /** Attempts in all after a failure that may pass. */
  readonly attemptsAfterRetryable: number;
  /** Wait before the second attempt, in milliseconds; doubles from there on. */
  readonly firstDelayMs: number;
  /** The first final failure ends everything. */
  readonly failFast: boolean;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  attemptsAfterLoss: 3,
  attemptsAfterRetryable: 2,
  firstDelayMs: 500,
  failFast: false,
};

/** What a free slot should do now. */
export type Decision<J extends Job> =
  | { readonly do: 'run'; readonly job: J; readonly attempt: number }
  /** Nothing is ready; ask again after so long, or when another job ends. */
  | { readonly do: 'wait'; readonly milliseconds: number | null }
  | { readonly do: 'stop' };

interface Entry<J extends Job> {
  readonly job: J;
  readonly order: number;
  state: 'waiting' | 'running' | 'done' | 'failed';
  attempts: number;
  /** Attempts that failed. */
  failures: number;
  notBeforeMs: number;
}

/** Each question costs at most the logarithm of the number of jobs: 10,000 cells on 1,000 slots ask often. */
export class Schedule<J extends Job> {
  readonly #entries: ReadonlyMap<string, Entry<J>>;
  readonly #ready = new ReadyJobs<Entry<J>>();
  /** Jobs that wait for their next attempt, the soonest first. */
  readonly #delayed = new TinyQueue<Entry<J>>([], (one, other) => one.notBeforeMs - other.notBeforeMs);
  #waiting = 0;
  #running = 0;
  #stopped = false;

  /** @param now monotonic clock in milliseconds */
  constructor(
    jobs: readonly J[],
    private readonly policy: RetryPolicy,
    private readonly now: () => number,
  ) {
    const entries = jobs.map(
      (job, order): Entry<J> => ({ job, order, state: 'waiting', attempts: 0, failures: 0, notBeforeMs: 0 }),
    );
    this.#entries = new Map(entries.map((entry) => [entry.job.id, entry]));
    if (this.#entries.size !== jobs.length) throw new Error('two jobs have one id');
    for (const entry of entries) this.#ready.add(entry);
    this.#waiting = entries.length;
  }

  /** What a slot that has nothing to do should do; a job handed out counts as running. */
  next(slot: string): Decision<J> {
    if (this.#stopped) return { do: 'stop' };
    if (this.#waiting === 0) return this.#running > 0 ? { do: 'wait', milliseconds: null } : { do: 'stop' };
    const time = this.now();
    this.#releaseDelayed(time);
    const chosen = this.#ready.take(slot);
    if (chosen === null) return { do: 'wait', milliseconds: this.#nextInMs(time) };
    chosen.state = 'running';
    chosen.attempts += 1;
    this.#waiting -= 1;
    this.#running += 1;
    return { do: 'run', job: chosen.job, attempt: chosen.attempts };
  }

  succeeded(jobId: string): void {
    this.#end(jobId, 'done');
  }

  /** Takes note of a failed attempt and says whether the job will be tried again. */
  failed(jobId: string, failure: Failure): { readonly willRetry: boolean } {
    const entry = this.#end(jobId, 'failed');
    if (failure !== 'handed-over') entry.failures += 1;
    const willRetry = !this.#stopped && entry.failures < this.#attemptsAfter(failure);
    if (willRetry) {
      entry.state = 'waiting';
      entry.notBeforeMs = this.now() + this.policy.firstDelayMs * 2 ** Math.max(0, entry.failures - 1);
      this.#delayed.push(entry);
      this.#waiting += 1;
    } else if (this.policy.failFast) {
      this.stop();
    }
    return { willRetry };
  }

  /** Hands out no more jobs. */
  stop(): void {
    this.#stopped = true;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Whether no slot will be given anything any more. */
  get over(): boolean {
    return this.#stopped || this.unfinished === 0;
  }

  /** What a slot that asked now would find: jobs that may run, and milliseconds until the next of the others may. */
  outlook(): { readonly ready: number; readonly nextInMs: number | null } {
    const time = this.now();
    this.#releaseDelayed(time);
    return { ready: this.#ready.size, nextInMs: this.#nextInMs(time) };
  }

  /** Jobs that are neither done nor given up. */
  get unfinished(): number {
    return this.#waiting + this.#running;
  }

  #attemptsAfter(failure: Failure): number {
    switch (failure) {
      case 'handed-over':
        return Number.POSITIVE_INFINITY;
      case 'worker-lost':
        return this.policy.attemptsAfterLoss;
      case 'retryable':
        return this.policy.attemptsAfterRetryable;
      case 'final':
        return 0;
    }
  }

  #releaseDelayed(time: number): void {
    for (let entry = this.#delayed.peek(); entry !== undefined; entry = this.#delayed.peek()) {
      if (entry.notBeforeMs > time) return;
      this.#delayed.pop();
      this.#ready.add(entry);
    }
  }

  #nextInMs(time: number): number | null {
    const soonest = this.#delayed.peek();
    return soonest === undefined ? null : Math.max(1, soonest.notBeforeMs - time);
  }

  #end(jobId: string, state: 'done' | 'failed'): Entry<J> {
    const entry = this.#entries.get(jobId);
    if (entry?.state !== 'running') throw new Error(`job ${jobId} is not running`);
    entry.state = state;
    this.#running -= 1;
    return entry;
  }
}
