/** What a run's events and metrics flow into: the journal, the metrics log, the caller's iterator, a tracker. */
import { messageOf } from '../errors.js';
import type { FsaEvent } from '../events.js';
import type { MetricRecord } from '../rpc/messages.js';

export interface RunSink {
  /** Takes note and returns at once: what takes time goes on a queue of the sink's own. */
  event(event: FsaEvent): void;
  /** One record of a job's training, in the order of its steps; a resumed attempt goes back and replaces. */
  metrics(record: MetricRecord, jobId: string): void;
  /** Resolves when everything taken so far is where it belongs. Called once, after the last event. */
  close(): Promise<void>;
}

/** How long a sink may take to close: a tracker whose server is gone must not hold a finished run. */
const CLOSE_LIMIT_SECONDS = 30;

/**
 * Sinks that are no part of a run's result: one that throws is left alone from then on, one that does not close
 * in time is left behind, and the others never notice.
 */
export class GuestSinks implements RunSink {
  readonly #open: Set<RunSink>;

  /** @param warn called once of each sink that fails */
  constructor(
    sinks: readonly RunSink[],
    private readonly warn: (message: string) => void,
    private readonly closeLimitSeconds = CLOSE_LIMIT_SECONDS,
  ) {
    this.#open = new Set(sinks);
  }

  event(event: FsaEvent): void {
    for (const sink of this.#open) {
      try {
        sink.event(event);
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
    for (const sink of this.#open) {
      try {
        for (const record of records) sink.metrics(record, jobId);
      } catch (error) {
        this.#leave(sink, error);
      }
    }
  }

  async close(): Promise<void> {
    const sinks = [...this.#open];
    this.#open.clear();
    await Promise.all(sinks.map(async (sink) => await this.#close(sink)));
  }

  #leave(sink: RunSink, error: unknown): void {
    this.#open.delete(sink);
    this.warn(`A sink failed and gets no more events: ${messageOf(error)}`);
  }

  async #close(sink: RunSink): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      const seconds = this.closeLimitSeconds;
      timer = setTimeout(() => resolve(`A sink did not close within ${seconds} s.`), seconds * 1000);
    });
    const closed = (async () => await sink.close())().then(
      () => null,
      (error: unknown) => `A sink could not be closed: ${messageOf(error)}`,
    );
    const problem = await Promise.race([closed, late]);
    clearTimeout(timer);
    if (problem !== null) this.warn(problem);
  }
}
