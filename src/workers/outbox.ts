/** Messages to one worker: in order, and for certain as long as the worker can be reached. */
import type { MessageRouter, SendOutcome } from '../rpc/router.js';
import type { OrchestratorMessage } from '../rpc/messages.js';

const RETRY_MILLISECONDS = 50;

export class Outbox {
  readonly #router: MessageRouter;
  readonly #identity: string;
  readonly #waiting: OrchestratorMessage[] = [];
  #delivering = false;
  #closed = false;

  constructor(router: MessageRouter, identity: string) {
    this.#router = router;
    this.#identity = identity;
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Sends after everything posted before; tries again while the worker is slow or reconnects. */
  post(message: OrchestratorMessage): void {
    if (this.#closed) return;
    this.#waiting.push(message);
    if (!this.#delivering) void this.#deliver();
  }

  /** Sends at once or not at all: for beats and objections. */
  offer(message: OrchestratorMessage): Promise<SendOutcome> {
    return this.#router.send(this.#identity, message);
  }

  /** Drops what waits. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
  }

  async #deliver(): Promise<void> {
    this.#delivering = true;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const outcome = await this.#router.send(this.#identity, next);
      if (outcome === 'sent') this.#waiting.shift();
      else await pause();
    }
    this.#delivering = false;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
}
