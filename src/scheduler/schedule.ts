/**
 * Which job runs on which slot, when, and again after which failure. Pure: it is told what happened and
 * what time it is, and answers what to do; it starts nothing itself.
 */

/** A job as the scheduler sees it. */
export interface Job {
  readonly id: string;
  /** Jobs of one affinity run well after each other on one worker: its model is in memory. */
  readonly affinity: string;
  /** Expected work in any unit; long jobs go first so that no slot ends late. */
  readonly cost: number;
}

/** Why an attempt failed, as far as a decision needs it. */
export type Failure = 'worker-lost' | 'retryable' | 'final';

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
  state: 'waiting' | 'running' | 'done' | 'failed';
  attempts: number;
  notBeforeMs: number;
}

export class Schedule<J extends Job> {
  readonly #entries: Map<string, Entry<J>>;
  readonly #lastAffinity = new Map<string, string>();
  #stopped = false;

  /** @param now monotonic clock in milliseconds */
  constructor(
    jobs: readonly J[],
    private readonly policy: RetryPolicy,
    private readonly now: () => number,
  ) {
    const entries = jobs.map(
      (job) => [job.id, { job, state: 'waiting', attempts: 0, notBeforeMs: 0 }] as const,
    );
    this.#entries = new Map(entries);
    if (this.#entries.size !== jobs.length) throw new Error('two jobs have one id');
  }

  /** What a slot that has nothing to do should do; a job handed out counts as running. */
  next(slot: string): Decision<J> {
    if (this.#stopped) return { do: 'stop' };
    const waiting = [...this.#entries.values()].filter((entry) => entry.state === 'waiting');
    if (waiting.length === 0) return this.#anyRunning() ? { do: 'wait', milliseconds: null } : { do: 'stop' };
    const time = this.now();
    const ready = waiting.filter((entry) => entry.notBeforeMs <= time);
    const chosen = this.#choose(ready, slot);
    if (chosen === null) {
      const soonest = Math.min(...waiting.map((entry) => entry.notBeforeMs));
      return { do: 'wait', milliseconds: Math.max(1, soonest - time) };
    }
    chosen.state = 'running';
    chosen.attempts += 1;
    this.#lastAffinity.set(slot, chosen.job.affinity);
    return { do: 'run', job: chosen.job, attempt: chosen.attempts };
  }

  succeeded(jobId: string): void {
    this.#running(jobId).state = 'done';
  }

  /** Takes note of a failed attempt and says whether the job will be tried again. */
  failed(jobId: string, failure: Failure): { readonly willRetry: boolean } {
    const entry = this.#running(jobId);
    const willRetry = !this.#stopped && entry.attempts < this.#attemptsAfter(failure);
    if (willRetry) {
      entry.state = 'waiting';
      entry.notBeforeMs = this.now() + this.policy.firstDelayMs * 2 ** (entry.attempts - 1);
    } else {
      entry.state = 'failed';
      if (this.policy.failFast) this.stop();
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

  /** Jobs that are neither done nor given up. */
  get unfinished(): number {
    return [...this.#entries.values()].filter(
      (entry) => entry.state === 'waiting' || entry.state === 'running',
    ).length;
  }

  #attemptsAfter(failure: Failure): number {
    switch (failure) {
      case 'worker-lost':
        return this.policy.attemptsAfterLoss;
      case 'retryable':
        return this.policy.attemptsAfterRetryable;
      case 'final':
        return 0;
    }
  }

  /** The slot's own affinity first, then affinities that no other slot holds, then the longest job. */
  #choose(ready: readonly Entry<J>[], slot: string): Entry<J> | null {
    const mine = this.#lastAffinity.get(slot);
    const others = new Set(
      [...this.#lastAffinity].filter(([name]) => name !== slot).map(([, affinity]) => affinity),
    );
    const rank = ({ job }: Entry<J>): number =>
      job.affinity === mine ? 0 : others.has(job.affinity) ? 2 : 1;
    let best: Entry<J> | null = null;
    for (const entry of ready) {
      if (best === null) best = entry;
      else if (rank(entry) !== rank(best)) best = rank(entry) < rank(best) ? entry : best;
      else if (entry.job.cost > best.job.cost) best = entry;
    }
    return best;
  }

  #anyRunning(): boolean {
    return [...this.#entries.values()].some((entry) => entry.state === 'running');
  }

  #running(jobId: string): Entry<J> {
    const entry = this.#entries.get(jobId);
    if (entry?.state !== 'running') throw new Error(`job ${jobId} is not running`);
    return entry;
  }
}
