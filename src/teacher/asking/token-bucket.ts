/** Requests and tokens a minute: what the account allows, kept to before the server has to refuse. */
import type { Clock } from './clock.js';

const MINUTE_MS = 60_000;

/** One limit; starts with a tenth full, so that a run does not begin with a burst, and refills evenly. */
class Bucket {
  #level: number;
  #at: number;

  constructor(
    private readonly perMinute: number,
    nowMs: number,
  ) {
    this.#level = Math.max(1, perMinute / 10);
    this.#at = nowMs;
  }

  /** Takes at once, into debt where need be; the debt is the wait. */
  take(amount: number, nowMs: number): number {
    const refilled = this.#level + ((nowMs - this.#at) * this.perMinute) / MINUTE_MS;
    this.#level = Math.min(Math.max(1, this.perMinute / 10), refilled) - amount;
    this.#at = nowMs;
    return this.#level >= 0 ? 0 : (-this.#level * MINUTE_MS) / this.perMinute;
  }
}

export class RateLimit {
  readonly #requests: Bucket | null;
  readonly #tokens: Bucket | null;

  constructor(
    limits: { readonly requestsPerMinute: number | null; readonly tokensPerMinute: number | null },
    private readonly clock: Clock,
  ) {
    const bucket = (perMinute: number | null): Bucket | null =>
      perMinute === null ? null : new Bucket(perMinute, clock.nowMs());
    this.#requests = bucket(limits.requestsPerMinute);
    this.#tokens = bucket(limits.tokensPerMinute);
  }

  /** Returns when a request of about so many tokens may leave. */
  async take(tokens: number, signal: AbortSignal): Promise<void> {
    const now = this.clock.nowMs();
    const waitMs = Math.max(this.#requests?.take(1, now) ?? 0, this.#tokens?.take(tokens, now) ?? 0);
    if (waitMs > 0) await this.clock.sleep(waitMs, signal);
  }
}
