/**
 * How many requests are under way at once. A server that asks for a pause gets it from all lanes; their number
 * halves then, and grows by one each time that as many answers as there are lanes have come without complaint.
 */
import type { Clock } from './clock.js';

export class Lanes {
  #width: number;
  #busy = 0;
  #goodInRow = 0;
  #pausedUntilMs = 0;
  #waiting: (() => void)[] = [];

  constructor(
    private readonly most: number,
    private readonly clock: Clock,
  ) {
    this.#width = most;
  }

  get width(): number {
    return this.#width;
  }

  /** Returns when a lane is free and nobody asked for rest. */
  async enter(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const restMs = this.#pausedUntilMs - this.clock.nowMs();
      if (restMs > 0) await this.clock.sleep(restMs, signal);
      else if (this.#busy < this.#width) break;
      else await this.#free(signal);
    }
    this.#busy += 1;
  }

  leave(): void {
    this.#busy -= 1;
    this.#wake();
  }

  /** An answer came. */
  succeed(): void {
    this.#goodInRow += 1;
    if (this.#goodInRow < this.#width || this.#width >= this.most) return;
    this.#goodInRow = 0;
    this.#width += 1;
    this.#wake();
  }

  /** The server asked everybody to slow down. */
  slowDown(pauseMs: number): void {
    const until = this.clock.nowMs() + pauseMs;
    // Requests that were under way together are refused together: that is one complaint.
    if (until > this.#pausedUntilMs + pauseMs / 2) this.#width = Math.max(1, Math.floor(this.#width / 2));
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, until);
    this.#goodInRow = 0;
  }

  async #free(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
      this.#waiting.push(done);
    });
  }

  #wake(): void {
    for (let free = this.#width - this.#busy; free > 0; free -= 1) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next();
    }
  }
}
