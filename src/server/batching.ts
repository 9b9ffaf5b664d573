/**
 * Which texts the model sees together. Pure: no timer, no promise; the clock is handed in. A batch closes when the
 * model is free, so a lone request never waits for company and a busy model always gets full batches.
 */

export interface BatchLimits {
  /** Texts in a batch at most. */
  readonly maxBatchTexts: number;
  /** Texts that may wait; a request that does not fit is refused whole. */
  readonly maxWaitingTexts: number;
}

/** One text of a request. */
export interface BatchRow<Request> {
  readonly request: Request;
  /** Which of the request's texts it is. */
  readonly index: number;
  readonly length: number;
  readonly arrivedMs: number;
}

/** How far behind the oldest text others may be to share its batch, in batches. */
const WINDOW_BATCHES = 4;
const LONGEST_RETRY_SECONDS = 30;
/** Weight of the newest batch in the measured speed. */
const SPEED_SHARE = 0.2;

export class BatchQueue<Request> {
  #rows: BatchRow<Request>[] = [];
  #textsPerMs: number | null = null;

  constructor(
    private readonly limits: BatchLimits,
    private readonly nowMs: () => number,
  ) {}

  /** Texts that wait. */
  get waiting(): number {
    return this.#rows.length;
  }

  /**
   * Lets a request wait with all of its texts.
   * @param lengths of the texts, in any one unit
   * @returns false where they do not fit; then none of them waits
   */
  add(request: Request, lengths: readonly number[]): boolean {
    if (this.#rows.length + lengths.length > this.limits.maxWaitingTexts) return false;
    const arrivedMs = this.nowMs();
    for (const [index, length] of lengths.entries()) this.#rows.push({ request, index, length, arrivedMs });
    return true;
  }

  /** Forgets a request: its client left, or its time is over. */
  cancel(request: Request): void {
    this.#rows = this.#rows.filter((row) => row.request !== request);
  }

  /**
   * The next batch: the oldest text and those nearest to it in length among the ones that came soon after. The
   * oldest is always in it, so every text is served after at most as many batches as texts came before it.
   */
  take(): BatchRow<Request>[] {
    const { maxBatchTexts } = this.limits;
    const [oldest] = this.#rows;
    if (oldest === undefined) return [];
    const window = this.#rows.slice(0, WINDOW_BATCHES * maxBatchTexts);
    const distance = (row: BatchRow<Request>): number => Math.abs(row.length - oldest.length);
    // The sort keeps the order of arrival among equals, and the oldest is at distance 0 before all others.
    const batch = window.sort((a, b) => distance(a) - distance(b)).slice(0, maxBatchTexts);
    const taken = new Set(batch);
    this.#rows = this.#rows.filter((row) => !taken.has(row));
    return batch;
  }

  /** Tells how long a batch took, for the advice to clients that are refused. */
  measure(texts: number, elapsedMs: number): void {
    const speed = texts / Math.max(elapsedMs, 0.001);
    this.#textsPerMs =
      this.#textsPerMs === null ? speed : SPEED_SHARE * speed + (1 - SPEED_SHARE) * this.#textsPerMs;
  }

  /** Whole seconds, 1 to 30, after which a refused client may hope for room. */
  retryAfterSeconds(): number {
    if (this.#textsPerMs === null) return 1;
    const seconds = Math.ceil(this.#rows.length / this.#textsPerMs / 1000);
    return Math.min(LONGEST_RETRY_SECONDS, Math.max(1, seconds));
  }
}
