/**
 * What `distill`, `evaluate`, `download` and the others return: awaitable for the result,
 * iterable for the events, cancelled by its signal or by leaving the loop.
 */
import { FsaError, toFsaError } from '../../errors.js';
import type { Emit, FsaEvent } from '../../events.js';

/** Events kept for a consumer that is slow or comes late; beyond it progress is dropped, nothing else. */
const MOST_WAITING_EVENTS = 1000;
const DROPPABLE = new Set<FsaEvent['type']>(['job-progress', 'data-progress', 'download-progress']);

export interface Work {
  readonly emit: Emit;
  /** Aborted by the caller's signal, or when the caller leaves the loop over the events. */
  readonly signal: AbortSignal;
}

/** Both a promise of the result and an async iterable of events. */
export interface Run<T> extends Promise<T>, AsyncIterable<FsaEvent> {}

/**
 * Starts work at once and hands out its handle.
 * @param signal the caller's signal
 * @param work resolves with the result; what it throws reaches the caller as an FsaError
 */
export function startRun<T>(signal: AbortSignal | undefined, work: (run: Work) => Promise<T>): Run<T> {
  const events = new EventQueue();
  const leave = new AbortController();
  const both = signal === undefined ? leave.signal : AbortSignal.any([signal, leave.signal]);
  const result = (async (): Promise<T> => {
    // A tick later, so that the caller holds the handle before anything happens.
    await Promise.resolve();
    try {
      if (both.aborted) throw cancelled(both);
      const value = await work({
        emit: (body) => events.push({ ...body, time: new Date().toISOString() }),
        signal: both,
      });
      events.end(null);
      return value;
    } catch (thrown) {
      const error = both.aborted && !isOurs(thrown) ? cancelled(both) : toFsaError(thrown);
      events.end(error);
      throw error;
    }
  })();
  const iterate = (): AsyncIterator<FsaEvent> => {
    // Who iterates meets the failure in the loop; the promise may then be left alone.
    result.catch(() => undefined);
    return {
      next: () => events.next(),
      return: async () => {
        leave.abort(new FsaError('CANCELLED', 'The loop over the events was left.'));
        await result.catch(() => undefined);
        return { done: true, value: undefined };
      },
    };
  };
  return Object.assign(result, { [Symbol.asyncIterator]: iterate });
}

/** The error of a run that was asked to stop. */
export function cancelled(signal: AbortSignal): FsaError {
  const reason: unknown = signal.reason;
  return new FsaError('CANCELLED', 'The run was cancelled.', {
    advice: 'Run the same command again to go on from where it stopped.',
    cause: reason,
  });
}

function isOurs(thrown: unknown): boolean {
  return thrown instanceof FsaError;
}

class EventQueue {
  readonly #waiting: FsaEvent[] = [];
  #ended = false;
  #failure: FsaError | null = null;
  #wake: (() => void) | null = null;

  push(event: FsaEvent): void {
    if (DROPPABLE.has(event.type) && this.#waiting.length >= MOST_WAITING_EVENTS) return;
    this.#waiting.push(event);
    this.#wake?.();
  }

  end(failure: FsaError | null): void {
    this.#ended = true;
    this.#failure = failure;
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<FsaEvent>> {
    while (true) {
      const event = this.#waiting.shift();
      if (event !== undefined) return { done: false, value: event };
      if (this.#ended) {
        const failure = this.#failure;
        this.#failure = null;
        if (failure !== null) throw failure;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = null;
    }
  }
}
