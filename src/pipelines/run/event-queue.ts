/** The caller's iterator as a sink: events wait here until somebody asks for them. */
import type { FsaError } from '../../errors.js';
import { EVENT_HANDLING, type FsaEvent } from '../../events.js';

/** Events kept for a consumer that is slow or comes late; beyond it the droppable ones are dropped. */
const MOST_WAITING_EVENTS = 1000;

type Next = IteratorResult<FsaEvent, undefined>;

interface Asker {
  readonly resolve: (next: Next) => void;
  readonly reject: (error: FsaError) => void;
}

/** Follows the iterator protocol to the letter: any number of `next` may wait, and each is answered once. */
export class EventQueue {
  readonly #waiting: FsaEvent[] = [];
  readonly #askers: Asker[] = [];
  #ended = false;
  #left = false;
  #failure: FsaError | null = null;

  event(event: FsaEvent): void {
    if (this.#left || this.#ended) return;
    const asker = this.#askers.shift();
    if (asker !== undefined) {
      asker.resolve({ done: false, value: event });
      return;
    }
    if (EVENT_HANDLING[event.type].droppable && this.#waiting.length >= MOST_WAITING_EVENTS) return;
    this.#waiting.push(event);
  }

  /** No event comes after this. Who asks first hears of the failure, everybody else that it is over. */
  end(failure: FsaError | null): void {
    this.#ended = true;
    this.#failure = this.#left ? null : failure;
    for (const asker of this.#askers.splice(0)) this.#answerEnd(asker);
  }

  /** The consumer is gone and wants nothing any more. */
  leave(): void {
    this.#left = true;
    this.#failure = null;
    this.#waiting.length = 0;
    for (const asker of this.#askers.splice(0)) asker.resolve({ done: true, value: undefined });
  }

  async next(): Promise<Next> {
    const event = this.#waiting.shift();
    if (event !== undefined) return { done: false, value: event };
    return await new Promise<Next>((resolve, reject) => {
      if (this.#ended || this.#left) this.#answerEnd({ resolve, reject });
      else this.#askers.push({ resolve, reject });
    });
  }

  #answerEnd({ resolve, reject }: Asker): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure === null) resolve({ done: true, value: undefined });
    else reject(failure);
  }
}
