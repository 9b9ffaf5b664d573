/** A worker in a place that an engine gave: it ends when the engine says so, or when we end it. */
import type { JobSpec } from '../../rpc/messages.js';
import type { EngineJobState } from './engine.js';
import type { LaunchedProcess, Placed, ProcessEnd } from './launcher.js';

/** A job that the engine's lists lack for so long is gone; one list may be cut, and the wire tells of deaths sooner. */
const GONE_AFTER_MS = 60_000;

export interface Hooks {
  readonly cancel: () => void;
  readonly ask: () => void;
  /** @param failed whether it failed by itself */
  readonly ended: (failed: boolean) => Promise<void>;
  readonly begin: ((spec: JobSpec) => Promise<void>) | undefined;
}

export class RemoteProcess implements LaunchedProcess {
  readonly pid = null;
  readonly placed: Promise<Placed>;
  readonly begin?: (spec: JobSpec) => Promise<void>;
  readonly ended: Promise<ProcessEnd>;
  #running = true;
  #place!: (placed: Placed) => void;
  #end!: (end: ProcessEnd) => void;
  #isPlaced = false;
  readonly #reasons = new Set<string>();
  #tellWait: ((why: string) => void) | null = null;
  #failed = false;
  #lastSeenMs = performance.now();

  constructor(
    readonly job: string,
    private readonly hooks: Hooks,
  ) {
    if (hooks.begin !== undefined) this.begin = hooks.begin;
    this.placed = new Promise((resolve) => (this.#place = resolve));
    this.ended = new Promise<ProcessEnd>((resolve) => (this.#end = resolve)).then(async (end) => {
      await hooks.ended(this.#failed);
      return end;
    });
  }

  ask(): void {
    this.hooks.ask();
  }

  get running(): boolean {
    return this.#running;
  }

  /** What the engine says of the job; null where it does not know it (any more). */
  hear(state: EngineJobState | null): void {
    if (state !== null) this.#lastSeenMs = performance.now();
    if (state?.state === 'queued' && state.why !== null) this.#waits(state.why);
    if (state?.state === 'running') this.#hasPlace(state.where);
    if (state?.state === 'ended') this.#failed = state.failed === true;
    if (state?.state === 'ended') this.#settle({ exitCode: null, signal: null, how: state.how });
    if (state !== null || !this.#running) return;
    if (performance.now() - this.#lastSeenMs > GONE_AFTER_MS)
      this.#settle({ exitCode: null, signal: null, how: 'is not known to the engine any more' });
  }

  tellWaits(tell: (why: string) => void): void {
    this.#tellWait = tell;
    for (const why of this.#reasons) tell(why);
  }

  /** Counts as ended from now on; the engine ends it when it can. */
  kill(): void {
    if (!this.#running) return;
    this.hooks.cancel();
    this.#settle({ exitCode: null, signal: 'SIGKILL' });
  }

  async end(graceSeconds: number): Promise<void> {
    const asking = setInterval(this.hooks.ask, 500);
    const late = new Promise((resolve) => setTimeout(resolve, graceSeconds * 1000).unref());
    await Promise.race([this.ended, late]);
    clearInterval(asking);
    this.kill();
    await this.ended;
  }

  #waits(why: string): void {
    // One that lost its place again is lost; it waits for nothing that we would tell of.
    if (this.#isPlaced || this.#reasons.has(why)) return;
    this.#reasons.add(why);
    this.#tellWait?.(why);
  }

  #hasPlace(where: string | null): void {
    this.#isPlaced = true;
    this.#place({ where });
  }

  #settle(end: ProcessEnd): void {
    this.#running = false;
    this.#end(end);
  }
}
