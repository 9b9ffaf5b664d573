/** How long an engine is waited for: a while, less at a run's end, and hardly once somebody waits for us to end. */

/** What is under way when we are told to end has so long; so has all that is asked after that. */
const HURRIED_SECONDS = 5;
/** The same where the work is done and nobody has said that he waits. */
const ENDING_SECONDS = 30;

export class Patience {
  /** What is asked now, each with what gives it up. */
  readonly #open = new Set<AbortController>();
  /** null where there is all the time. */
  #mostSeconds: number | null = null;

  /** @param signal aborted when somebody waits for us to end */
  constructor(signal?: AbortSignal) {
    if (signal?.aborted === true) this.hurry();
    signal?.addEventListener('abort', () => this.hurry(), { once: true });
  }

  /** Whether somebody waits for us to end. */
  get hurried(): boolean {
    return this.#mostSeconds !== null && this.#mostSeconds <= HURRIED_SECONDS;
  }

  /** Whether nothing is tried again. */
  get ending(): boolean {
    return this.#mostSeconds !== null;
  }

  /** Somebody waits for us to end. */
  hurry(): void {
    this.#shorten(HURRIED_SECONDS);
  }

  /** Nothing new will be needed. */
  end(): void {
    this.#shorten(ENDING_SECONDS);
  }

  /** No answer is of use any more. */
  stop(): void {
    this.#shorten(0);
  }

  /**
   * Asks something; its signal is aborted when the answer is waited for no more.
   * @param ask settles soon after that
   */
  async limit<T>(seconds: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    // A timer of our own: one that `AbortSignal.any` joins with other signals may be collected before it rings.
    const asked = new AbortController();
    const most = Math.min(seconds, this.#mostSeconds ?? seconds);
    const timer = setTimeout(() => asked.abort(), most * 1000);
    this.#open.add(asked);
    try {
      return await ask(asked.signal);
    } finally {
      clearTimeout(timer);
      this.#open.delete(asked);
    }
  }

  #shorten(seconds: number): void {
    if (this.#mostSeconds !== null && this.#mostSeconds <= seconds) return;
    this.#mostSeconds = seconds;
    for (const asked of this.#open) setTimeout(() => asked.abort(), seconds * 1000).unref();
  }
}
