/** How much of a run is done, as one number that never falls. */

/** A job's share by the clock: what it took against what it took and is expected to take. */
interface Running {
  readonly startedMs: number;
  readonly cost: number;
  share: number;
}

/** Jobs count as much as the work expected of them; a job that is done again keeps the share it had. */
export class RunShare {
  readonly #costs: ReadonlyMap<string, number>;
  readonly #totalCost: number;
  readonly #running = new Map<string, Running>();
  #doneCost: number;
  /** Of the jobs that run, what is done of each: kept, since a thousand of them tell of it several times a second. */
  #runningCost = 0;
  #overall = 0;

  /** @param done cost of jobs that were done before */
  constructor(
    jobs: readonly { readonly id: string; readonly cost: number }[],
    done = 0,
    private readonly now = (): number => performance.now(),
  ) {
    this.#costs = new Map(jobs.map(({ id, cost }) => [id, cost]));
    this.#doneCost = done;
    this.#totalCost = done + jobs.reduce((sum, { cost }) => sum + cost, 0);
  }

  /** Jobs that have begun and not ended well. */
  get running(): number {
    return this.#running.size;
  }

  started(jobId: string): void {
    const share = this.#running.get(jobId)?.share ?? 0;
    this.#running.set(jobId, { startedMs: this.now(), cost: this.#costs.get(jobId) ?? 0, share });
  }

  /** @param secondsLeft expected until the job's end; null while nobody knows */
  progressed(jobId: string, secondsLeft: number | null): { share: number; overallShare: number } {
    const job = this.#running.get(jobId);
    if (job === undefined) return { share: 0, overallShare: this.#overall };
    const seconds = (this.now() - job.startedMs) / 1000;
    if (secondsLeft !== null && seconds + secondsLeft > 0) {
      const share = Math.max(job.share, seconds / (seconds + secondsLeft));
      this.#runningCost += (share - job.share) * job.cost;
      job.share = share;
    }
    return { share: job.share, overallShare: this.#update() };
  }

  finished(jobId: string): void {
    const job = this.#running.get(jobId);
    this.#running.delete(jobId);
    this.#doneCost += this.#costs.get(jobId) ?? 0;
    // Whole where nothing runs, so that no rounding adds up.
    if (this.#running.size === 0) this.#runningCost = 0;
    else if (job !== undefined) this.#runningCost -= job.share * job.cost;
    this.#update();
  }

  #update(): number {
    const cost = this.#doneCost + this.#runningCost;
    const share = this.#totalCost === 0 ? 0 : Math.min(1, cost / this.#totalCost);
    this.#overall = Math.max(this.#overall, share);
    return this.#overall;
  }
}
