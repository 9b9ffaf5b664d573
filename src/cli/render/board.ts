/** The live board on a terminal: a line for the whole run, one for each worker, what happened last below them. */
import { Listr, type ListrTaskWrapper, type SimpleRenderer } from 'listr2';
import type { FsaEvent } from '../../events.js';
import { FrameRenderer } from './frame-renderer.js';
import { Tally } from './tally.js';
import { describeEvent, describeProgress, describeTransfer } from '../../report/event-words.js';

type Handle = ListrTaskWrapper<object, typeof FrameRenderer, typeof SimpleRenderer>;
type Started = Extract<FsaEvent, { type: 'run-started' }>;

/** Time left is told anew though nothing happens. */
const TICK_MS = 1000;

/** The run as a listr2 task, its workers as subtasks of it; rejects as the events do. */
export async function showBoard(events: AsyncIterable<FsaEvent>): Promise<void> {
  const board = new Board(events[Symbol.asyncIterator]());
  const list = new Listr<object, typeof FrameRenderer>([{ title: board.opening, task: board.run }], {
    renderer: FrameRenderer,
    // fsa's own handlers decide what Ctrl-C does.
    registerSignalListeners: false,
  });
  try {
    await list.run({});
  } finally {
    board.close();
  }
}

class Board {
  /** Before the slots are known there is one line: reading, preparing, installing, downloading. */
  opening = 'Reading configuration, data and models';
  readonly #slots = new Map<string, Handle | null>();
  readonly #slotOfWorker = new Map<string, string>();
  #clock: NodeJS.Timeout | null = null;

  constructor(private readonly events: AsyncIterator<FsaEvent>) {}

  /** Done with the events; the workers' lines come with the run's start. */
  readonly run = async (_context: object, total: Handle): Promise<Listr<object> | undefined> => {
    const started = await this.#readUntilStart(total).catch((error: unknown) => {
      total.title = `Stopped: ${this.opening}`;
      throw error;
    });
    if (started === null) return undefined;
    const rest = this.#readRun(started, total);
    const busy = started.slots.slice(0, Math.max(0, started.jobs - started.alreadyDone));
    for (const slot of busy) this.#slots.set(slot, null);
    if (busy.length === 0) {
      await rest;
      return undefined;
    }
    const lines = busy.map((slot) => ({
      title: `${slot} · waiting`,
      task: async (_nothing: object, handle: Handle): Promise<void> => {
        this.#slots.set(slot, handle);
        try {
          await rest;
        } finally {
          handle.title = slot;
        }
      },
    }));
    return total.newListr(lines, { concurrent: true });
  };

  close(): void {
    if (this.#clock !== null) clearInterval(this.#clock);
  }

  async #readUntilStart(total: Handle): Promise<Started | null> {
    for (let next = await this.events.next(); next.done !== true; next = await this.events.next()) {
      const event = next.value;
      if (event.type === 'run-started') return event;
      const words = describeEvent(event);
      if (event.type === 'warning') total.output = words ?? '';
      else if (event.type === 'job-progress') this.opening = `${event.label} · ${describeProgress(event)}`;
      else this.opening = describeTransfer(event) ?? words ?? this.opening;
      total.title = this.opening;
    }
    return null;
  }

  async #readRun(started: Started, total: Handle): Promise<void> {
    const tally = new Tally(started, performance.now());
    const tick = (): void => {
      total.title = tally.describe(performance.now());
    };
    tick();
    this.#clock = setInterval(tick, TICK_MS);
    for (let next = await this.events.next(); next.done !== true; next = await this.events.next()) {
      tally.count(next.value);
      tick();
      this.#note(next.value, total);
    }
  }

  #note(event: FsaEvent, total: Handle): void {
    this.#noteWorker(event);
    if (event.type === 'job-progress')
      this.#setSlot(event.workerId, `${event.label} · ${describeProgress(event)}`);
    // One language model is asked, whatever it is called.
    if (event.type === 'teach-progress') {
      for (const handle of this.#slots.values()) {
        if (handle !== null) handle.title = describeTransfer(event) ?? handle.title;
      }
    }
    if (event.type === 'job-started') this.#setSlot(event.workerId, `${event.label} · starting`);
    if (!['job-finished', 'job-failed', 'job-validated', 'warning'].includes(event.type)) return;
    const words = describeEvent(event);
    if (words !== null) total.output = words;
  }

  #noteWorker(event: FsaEvent): void {
    if (event.type === 'worker-queued' || event.type === 'worker-started')
      this.#slotOfWorker.set(event.workerId, event.slot);
    if (event.type === 'worker-queued') {
      const why = event.why === null ? '' : ` · ${event.why}`;
      this.#setSlot(event.workerId, `queued · ${event.job}${why}`);
    }
    if (event.type === 'worker-started')
      this.#setSlot(event.workerId, event.host === null ? 'starting' : `starting on ${event.host}`);
    if (event.type === 'worker-ready') this.#setSlot(event.workerId, 'ready');
    if (event.type === 'worker-ended' && !event.expected)
      this.#setSlot(event.workerId, `lost · ${event.reason}`);
  }

  #setSlot(workerId: string, doing: string): void {
    const slot = this.#slotOfWorker.get(workerId) ?? workerId;
    const handle = this.#slots.get(slot);
    if (handle) handle.title = `${slot} · ${doing}`;
  }
}
