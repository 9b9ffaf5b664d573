/** How long an engine is waited for: a while, and hardly once somebody waits for us to end. */

/** What is under way when we are told to end has so long; so has all that is asked after that. */
const HURRIED_SECONDS = 5;

export class Patience {
  /** What is asked now, each with what gives it up. */
  readonly #open = new Set<AbortController>();
  #hurried = false;

  /** @param signal aborted when somebody waits for us to end */
  constructor(signal?: AbortSignal) {
    if (signal?.aborted === true) this.hurry();
    signal?.addEventListener('abort', this.hurry, { once: true });
  }

  /** Whether somebody waits for us to end. */
  get hurried(): boolean {
    return this.#hurried;
  }

  readonly hurry = (): void => {
    if (this.#hurried) return;
    this.#hurried = true;
    for (const asked of this.#open) setTimeout(() => asked.abort(), HURRIED_SECONDS * 1000).unref();
  };

  /**
   * Asks something; its signal is aborted when the answer is waited for no more.
   * @param ask settles soon after that
   */
  async limit<T>(seconds: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    // A timer of our own: one that `AbortSignal.any` joins with other signals may be collected before it rings.
    const asked = new AbortController();
    const timer = setTimeout(() => asked.abort(), (this.#hurried ? HURRIED_SECONDS : seconds) * 1000);
    this.#open.add(asked);
    try {
      return await ask(asked.signal);
    } finally {
      clearTimeout(timer);
      this.#open.delete(asked);
    }
  }
}
