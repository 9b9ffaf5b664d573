/** What a run's events and metrics flow into: the journal, the metrics log, the caller's iterator, a tracker. */
import { messageOf } from '../errors.js';
import type { FsaEvent } from '../events.js';
import type { MetricRecord } from '../rpc/messages.js';

export interface RunSink {
  /**
   * Takes note and returns at once: what takes time goes on a queue of the sink's own. Nobody waits for an async
   * function before the next event; the run's end does.
   */
  event(event: FsaEvent): void | Promise<void>;
  /** One record of a job's training, in the order of its steps; a resumed attempt goes back and replaces. */
  metrics(record: MetricRecord, jobId: string): void | Promise<void>;
  /** Resolves when everything taken so far is where it belongs. Called once, after the last event. */
  close(): Promise<void>;
}

/** How long a sink may take to close: a tracker whose server is gone must not hold a finished run. */
const CLOSE_LIMIT_SECONDS = 30;

/**
 * Sinks that are no part of a run's result: one that throws or rejects is left alone from then on, one that does not
 * close in time is left behind, and the others never notice.
 */
export class GuestSinks implements RunSink {
  readonly #open: Set<RunSink>;
  /** What sinks with async functions are still at. */
  readonly #underWay = new Map<RunSink, Set<Promise<void>>>();
  #isClosing = false;

  /** @param warn called once of each sink that fails */
  constructor(
    sinks: readonly RunSink[],
    private readonly warn: (message: string) => void,
    private readonly closeLimitSeconds = CLOSE_LIMIT_SECONDS,
  ) {
    this.#open = new Set(sinks);
  }

  event(event: FsaEvent): void {
    if (this.#isClosing) return;
    for (const sink of this.#open) {
      try {
        this.#follow(sink, sink.event(event));
      } catch (error) {
        this.#leave(sink, error);
      }
    }
  }

  metrics(record: MetricRecord, jobId: string): void {
    if (this.#open.size > 0) this.allMetrics([record], jobId);
  }

  /** As `metrics` of each: a thousand records of a cell come this way. */
  allMetrics(records: readonly MetricRecord[], jobId: string): void {
    if (this.#isClosing) return;
    for (const sink of this.#open) {
      try {
        for (const record of records) this.#follow(sink, sink.metrics(record, jobId));
      } catch (error) {
        this.#leave(sink, error);
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([...this.#open].map(async (sink) => await this.#close(sink)));
    this.#open.clear();
  }

  /** An async function may stand where one is asked that returns nothing: what it rejects with is its own affair. */
  #follow(sink: RunSink, returned: unknown): void {
    if (!isThenable(returned)) return;
    const underWay = this.#underWay.get(sink) ?? new Set();
    this.#underWay.set(sink, underWay);
    const followed = Promise.resolve(returned).then(
      () => void underWay.delete(followed),
      (error: unknown) => {
        underWay.delete(followed);
        this.#leave(sink, error);
      },
    );
    underWay.add(followed);
  }

  #leave(sink: RunSink, error: unknown): void {
    if (!this.#open.delete(sink)) return;
    this.warn(`A sink failed and gets no more events: ${messageOf(error)}`);
  }

  async #close(sink: RunSink): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      const seconds = this.closeLimitSeconds;
      timer = setTimeout(() => resolve(`A sink did not close within ${seconds} s.`), seconds * 1000);
    });
    const closed = (async () => {
      await Promise.all([...(this.#underWay.get(sink) ?? [])]);
      if (this.#open.has(sink)) await sink.close();
    })().then(
      () => null,
      (error: unknown) => `A sink could not be closed: ${messageOf(error)}`,
    );
    const problem = await Promise.race([closed, late]);
    clearTimeout(timer);
    if (problem !== null) this.warn(problem);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
