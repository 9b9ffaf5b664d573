/**
 * By which keys a worker may come in. One that was started here keeps the key it was given, which nobody else saw.
 * One that a cluster started was given a ticket that others may have read on its way: it makes a key of its own,
 * and once it has heard that we know it the ticket opens nothing any more.
 */
import type { MessageRouter } from '../rpc/router.js';

export class WorkerKeys {
  #own: string | null = null;
  #ticket: string | null;

  constructor(
    private readonly router: Pick<MessageRouter, 'allow' | 'dismiss'>,
    given: string,
  ) {
    this.#ticket = given;
  }

  /** The worker named a key of its own; the first one counts. */
  useOwn(publicKey: string): void {
    if (this.#own !== null) return;
    this.#own = publicKey;
    this.router.allow(publicKey);
  }

  /** The worker has everything we said, our welcome too. */
  forgetTicket(): void {
    if (this.#own === null || this.#ticket === null) return;
    this.router.dismiss({ publicKey: this.#ticket });
    this.#ticket = null;
  }

  /** The worker is gone. */
  forget(): void {
    for (const publicKey of [this.#own, this.#ticket])
      if (publicKey !== null) this.router.dismiss({ publicKey });
  }
}
