/** A flood of messages that are there already must not keep timers, signals and other sockets waiting. */
import { setImmediate } from 'node:timers/promises';

const LONGEST_TURN_MS = 50;
/** Nothing that is there already takes so long to come: the event loop has had its turn meanwhile. */
const AWAITED_MS = 10;

/** Of one who takes item after item. No generator around the items: that would cost as much as a short message. */
export class Turns {
  #beganMs = performance.now();
  #askedMs = this.#beganMs;

  /** An item has come. */
  took(): void {
    const nowMs = performance.now();
    if (nowMs - this.#askedMs > AWAITED_MS) this.#beganMs = nowMs;
  }

  /** It is dealt with. @returns what to wait for before the next one is asked for, where the event loop is due */
  dealt(): Promise<void> | null {
    this.#askedMs = performance.now();
    return this.#askedMs - this.#beganMs < LONGEST_TURN_MS ? null : this.#giveTurn();
  }

  async #giveTurn(): Promise<void> {
    await setImmediate();
    this.#beganMs = this.#askedMs = performance.now();
  }
}
