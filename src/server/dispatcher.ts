/** Between requests and one model: who waits, what runs, who is answered. The model works on one batch at a time. */
import type { Model, Prediction } from '../index.js';
import { BatchQueue, type BatchLimits, type BatchRow } from './batching.js';
import { Refusal } from './refusal.js';

export interface DispatchLimits extends BatchLimits {
  /** Milliseconds after which a request that has no answer is given up. */
  readonly deadlineMs: number;
}

export interface BatchFacts {
  readonly texts: number;
  /** Of the batch's oldest text. */
  readonly waitedMs: number;
  readonly inferenceMs: number;
  readonly predictions: readonly Prediction[];
}

export interface Answer {
  readonly predictions: readonly Prediction[];
  readonly waitedMs: number;
  readonly inferenceMs: number;
}

export interface AskOptions {
  /** Also what the student wrote. */
  readonly raw: boolean;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/** A request whose answer is being gathered. */
interface Pending {
  readonly texts: readonly string[];
  readonly raw: boolean;
  readonly predictions: Prediction[];
  missing: number;
  waitedMs: number;
  inferenceMs: number;
  readonly settle: (outcome: Answer | Error) => void;
}

export class Dispatcher {
  readonly #queue: BatchQueue<Pending>;
  readonly #pending = new Set<Pending>();
  readonly #stop = new AbortController();
  #working = false;

  /** @param onBatch called for every batch that the model has answered */
  constructor(
    private readonly model: Model,
    private readonly limits: DispatchLimits,
    private readonly onBatch: (facts: BatchFacts) => void,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.#queue = new BatchQueue(limits, nowMs);
  }

  /** Texts that wait for the model. */
  get waiting(): number {
    return this.#queue.waiting;
  }

  /** Why not even one more text may wait now; null where one may. */
  fullness(): Refusal | null {
    return this.#queue.waiting < this.limits.maxWaitingTexts ? null : this.#full();
  }

  /**
   * The model's answers, in the order of the texts.
   * @throws Refusal queue-full, deadline-exceeded, inference-failed, stopping
   */
  async ask(texts: readonly string[], { raw, signal }: AskOptions): Promise<Answer> {
    return await new Promise<Answer>((resolve, reject) => {
      const settle = (outcome: Answer | Error): void => {
        if (!this.#pending.delete(pending)) return;
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        if (pending.missing > 0) this.#queue.cancel(pending);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const predictions: Prediction[] = [];
      const pending = { texts, raw, predictions, missing: texts.length, waitedMs: 0, inferenceMs: 0, settle };
      const leave = (): void => settle(new Refusal('stopping', 'The client left.'));
      const timer = setTimeout(() => settle(this.#tooLate()), this.limits.deadlineMs);
      signal.addEventListener('abort', leave, { once: true });
      this.#pending.add(pending);
      const lengths = texts.map(({ length }) => length);
      if (signal.aborted) leave();
      else if (this.#stop.signal.aborted) settle(new Refusal('stopping', 'The server is stopping.'));
      else if (this.#queue.add(pending, lengths)) void this.#work();
      else settle(this.#full());
    });
  }

  /** Answers everybody who still waits with a refusal, and ends the batch under way. */
  stop(): void {
    this.#stop.abort();
    for (const pending of this.#pending) pending.settle(new Refusal('stopping', 'The server is stopping.'));
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    // Requests read from the sockets in this turn share the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    for (let rows = this.#queue.take(); rows.length > 0; rows = this.#queue.take()) await this.#answer(rows);
    this.#working = false;
  }

  async #answer(rows: readonly BatchRow<Pending>[]): Promise<void> {
    const startedMs = this.nowMs();
    const texts = rows.map(({ request, index }) => request.texts[index] ?? '');
    const raw = rows.some(({ request }) => request.raw);
    try {
      const predictions = await this.model.predict(texts, { signal: this.#stop.signal, raw });
      const inferenceMs = this.nowMs() - startedMs;
      this.#queue.measure(texts.length, inferenceMs);
      const waitedMs = Math.max(...rows.map(({ arrivedMs }) => startedMs - arrivedMs));
      this.onBatch({ texts: texts.length, waitedMs, inferenceMs, predictions });
      for (const [at, row] of rows.entries()) {
        const prediction = predictions[at];
        if (prediction === undefined) throw new Error('The model answered fewer texts than it was given.');
        note(row, prediction, startedMs - row.arrivedMs, inferenceMs);
      }
    } catch (cause) {
      const refusal = new Refusal('inference-failed', 'The model failed on these texts.');
      refusal.cause = cause;
      for (const { request } of rows) request.settle(refusal);
    }
  }

  #full(): Refusal {
    return new Refusal('queue-full', 'The model is overloaded: too many texts wait.', {
      'retry-after': String(this.#queue.retryAfterSeconds()),
    });
  }

  #tooLate(): Refusal {
    return new Refusal(
      'deadline-exceeded',
      `The model did not get to these texts within ${this.limits.deadlineMs / 1000} s.`,
    );
  }
}

function note(
  { request, index }: BatchRow<Pending>,
  prediction: Prediction,
  waitedMs: number,
  inferenceMs: number,
): void {
  request.predictions[index] = prediction;
  request.missing -= 1;
  request.waitedMs = Math.max(request.waitedMs, waitedMs);
  request.inferenceMs += inferenceMs;
  if (request.missing > 0) return;
  const { predictions } = request;
  request.settle({ predictions, waitedMs: request.waitedMs, inferenceMs: request.inferenceMs });
}
