/** The conversation with one worker: what is posted arrives once and in order, as long as it can be reached. */
import { encodeOrchestratorMessage } from '../rpc/codec.js';
import { Delivery, type Header } from '../rpc/delivery.js';
import type { OrchestratorMessage } from '../rpc/messages.js';
import type { MessageRouter, SendOutcome } from '../rpc/router.js';

const RETRY_MILLISECONDS = 50;

export class Outbox {
  readonly #router: MessageRouter;
  /** Of the worker's connection; null until it is heard. */
  #identity: string | null;
  readonly #delivery: Delivery<Buffer>;
  #delivering = false;
  #closed = false;

  /**
   * @param identity of the one to talk to; null takes the first who is heard
   * @param beatSeconds the interval at which the worker at least speaks
   */
  constructor(router: MessageRouter, identity: string | null, beatSeconds: number) {
    this.#router = router;
    this.#identity = identity;
    this.#delivery = new Delivery(beatSeconds);
  }

  /** Whether it is this one that is talked to: of several with one ticket the first that was heard. */
  isWith(identity: string): boolean {
    this.#identity ??= identity;
    return this.#identity === identity;
  }

  /** Whether neither side waited for a message of the other when the worker last spoke. */
  get settled(): boolean {
    return this.#delivery.settled;
  }

  /**
   * Sends after everything posted before; tries again while the worker is slow or reconnects.
   * @throws FsaError PROTOCOL for a message that breaks the protocol
   */
  post(message: OrchestratorMessage): void {
    const frame = encodeOrchestratorMessage(message);
    if (this.#closed) return;
    this.#delivery.add(frame);
    void this.#deliver();
  }

  /** Sends at once or not at all: for beats and objections. */
  offer(message: OrchestratorMessage): Promise<SendOutcome> {
    return this.#send(encodeOrchestratorMessage(message), this.#delivery.header(0));
  }

  /** Whether a header is none of an honest worker. */
  isForged(header: Header): boolean {
    return this.#delivery.isForged(header);
  }

  /** The worker spoke. @returns whether what it said is new and next in order */
  arrived(header: Header, now: number): boolean {
    const isNext = this.#delivery.arrived(header, now);
    if (this.#delivery.sendAgainIfDue(now)) void this.#deliver();
    return isNext;
  }

  /** Resolves when the connection of a worker that has spoken is closed. */
  async hungUp(): Promise<void> {
    const beat = { type: 'orchestrator-heartbeat', sequence: 0 } as const;
    while (this.#identity === null || (await this.offer(beat)) !== 'unreachable') {
      if (this.#closed) return;
      await pause();
    }
  }

  /** Drops what waits. */
  close(): void {
    this.#closed = true;
  }

  async #deliver(): Promise<void> {
    if (this.#delivering) return;
    this.#delivering = true;
    for (let next = this.#delivery.next(); next !== null && !this.#closed; next = this.#delivery.next()) {
      const header = this.#delivery.header(next.number);
      const outcome = await this.#send(next.frame, header);
      if (outcome === 'sent') this.#delivery.went(next, performance.now() / 1000);
      else await pause();
    }
    this.#delivering = false;
  }

  async #send(frame: Buffer, header: Header): Promise<SendOutcome> {
    return this.#identity === null ? 'unreachable' : await this.#router.send(this.#identity, frame, header);
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
}
