/** A tracker beside a run: it reads the run's own files and never holds the run up. One warning, whatever goes wrong. */
import type { FsaEvent } from '../events.js';
import type { RunSink } from '../runs/run-sink.js';
import { reasonOf, Sender } from './sender.js';
import type { Tracker } from './tracker.js';

export interface SinkLimits {
  /** Pause where there was nothing new. */
  readonly pollMs: number;
  readonly firstBackoffMs: number;
  readonly longestBackoffMs: number;
  /** The run's end waits for a tracker so long. */
  readonly closeMs: number;
}

const LIMITS: SinkLimits = { pollMs: 1000, firstBackoffMs: 200, longestBackoffMs: 5000, closeMs: 5000 };

export class TrackerSink implements RunSink {
  readonly #stop = new AbortController();
  #wake: () => void = () => undefined;
  #closing = false;
  #warned = false;
  #sending: Promise<void> | null = null;

  /** @param warn called at most once */
  constructor(
    private readonly tracker: Tracker,
    private readonly warn: (message: string) => void,
    private readonly limits = LIMITS,
  ) {}

  event(event: FsaEvent): void {
    if (event.type === 'run-started') this.#sending ??= this.#send(event.folder);
  }

  metrics(): void {
    // They are read from the job's metrics.jsonl.
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#wake();
    const late = setTimeout(() => this.#stop.abort(), this.limits.closeMs);
    await this.#sending;
    clearTimeout(late);
    await this.tracker.close();
  }

  async #send(folder: string): Promise<void> {
    const sender = new Sender(this.tracker, folder);
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      let pauseMs = 0;
      try {
        if (this.#isClosing()) {
          await sender.finish(signal);
          return;
        }
        if (!(await sender.step(signal))) pauseMs = this.limits.pollMs;
        failures = 0;
      } catch (error) {
        this.#warnOnce(folder, this.#stop.signal.aborted ? 'it does not answer' : reasonOf(error));
        pauseMs = Math.min(this.limits.longestBackoffMs, this.limits.firstBackoffMs * 2 ** failures);
        failures += 1;
      }
      await this.#pause(pauseMs, failures > 0);
    }
    this.#warnOnce(folder, 'it does not answer');
  }

  /** A method, because it changes while the loop waits. */
  #isClosing(): boolean {
    return this.#closing;
  }

  #warnOnce(folder: string, reason: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.warn(
      `${this.tracker.name} does not take the run: ${reason}. The run goes on; \`fsa sync ${folder}\` sends what is missing.`,
    );
  }

  /** Cut short when the run ends, but for the pause after a failure, which only the last moment cuts. */
  async #pause(ms: number, afterFailure: boolean): Promise<void> {
    if (ms === 0 || this.#stop.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#stop.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#stop.signal.addEventListener('abort', done, { once: true });
      if (!afterFailure) this.#wake = done;
      if (!afterFailure && this.#closing) done();
    });
  }
}
