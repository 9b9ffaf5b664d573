/** A worker in a place that an engine gave: it ends when the engine says so, or when we end it. */
import type { JobSpec } from '../../rpc/messages.js';
import type { EngineJobState } from './engine.js';
import type { LaunchedProcess, Placed, ProcessEnd } from './launcher.js';

/** A job that the engine's lists lack for so long is gone; one list may be cut, and the wire tells of deaths sooner. */
const GONE_AFTER_MS = 60_000;

export interface Hooks {
  /** @param hasHungUp whether the worker was seen to end */
  readonly cancel: (hasHungUp: boolean) => void;
  readonly ask: () => void;
  /** Whether somebody waits for all to end. */
  readonly isWaitedFor: () => boolean;
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
  /** Since when the engine's lists lack it. */
  #missingSinceMs: number | null = null;

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
    if (state?.state === 'queued' && state.why !== null) this.#waits(state.why);
    if (state?.state === 'running') this.#hasPlace(state.where);
    if (state?.state === 'ended') this.#failed = state.failed === true;
    if (state?.state === 'ended') this.#settle({ exitCode: null, signal: null, how: state.how });
    if (state !== null) this.#missingSinceMs = null;
    if (state !== null || !this.#running) return;
    // Not since it was last seen: an engine may have been silent in between.
    this.#missingSinceMs ??= performance.now();
    if (performance.now() - this.#missingSinceMs > GONE_AFTER_MS)
      this.#settle({ exitCode: null, signal: null, how: 'is not known to the engine any more' });
  }

  tellWaits(tell: (why: string) => void): void {
    this.#tellWait = tell;
    for (const why of this.#reasons) tell(why);
  }

  /** Counts as ended from now on; the engine ends it when it can. */
  kill(): void {
    this.#giveUp(false);
  }

  /** One that has hung up is seen to end by the engine, too, unless somebody waits, or it takes long. */
  async end(graceSeconds: number, hungUp: Promise<void> = new Promise(() => undefined)): Promise<void> {
    let hasHungUp = false;
    const goes = hungUp.then(async () => {
      hasHungUp = true;
      if (!this.hooks.isWaitedFor()) await this.ended;
    });
    const asking = setInterval(this.hooks.ask, 500);
    const late = new Promise((resolve) => setTimeout(resolve, graceSeconds * 1000).unref());
    await Promise.race([this.ended, goes, late]);
    clearInterval(asking);
    this.#giveUp(hasHungUp);
    await this.ended;
  }

  #giveUp(hasHungUp: boolean): void {
    if (!this.#running) return;
    this.hooks.cancel(hasHungUp);
    this.#settle({ exitCode: null, signal: 'SIGKILL' });
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
