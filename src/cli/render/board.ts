/** The live board on a terminal: a line for the whole run, one for each worker, what happened last below them. */
import type { FsaEvent } from '../../events.js';
import { printableLine } from '../../printable.js';
import { Frame } from './frame.js';
import { Tally } from './tally.js';
import { describeEvent, describeProgress, describeTransfer } from './words.js';

/** What happened last stays in sight; the journal keeps all of it. */
const NEWS_LINES = 6;
const FRAME_MS = 100;
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

export async function showBoard(events: AsyncIterable<FsaEvent>): Promise<void> {
  const board = new Board();
  const frame = new Frame(process.stderr);
  const clock = setInterval(() => frame.draw(board.lines(performance.now())), FRAME_MS);
  let mark = '✖';
  try {
    for await (const event of events) board.note(event);
    mark = '✔';
  } finally {
    clearInterval(clock);
    frame.end(board.lastLines(mark, performance.now()));
  }
}

class Board {
  /** Before the slots are known there is one line: reading, preparing, installing, downloading. */
  #opening = 'Reading configuration, data and models';
  #tally: Tally | null = null;
  /** What each slot does, by its name. */
  readonly #slots = new Map<string, string>();
  readonly #slotOfWorker = new Map<string, string>();
  #news: string[] = [];

  note(event: FsaEvent): void {
    if (event.type === 'run-started') this.#open(event);
    else if (this.#tally === null) this.#noteBeforeStart(event);
    else this.#noteOfRun(event, this.#tally);
  }

  lines(nowMs: number): string[] {
    const turn = SPINNER[Math.floor(nowMs / FRAME_MS) % SPINNER.length] ?? '';
    const busy = [...this.#slots].map(([slot, doing]) => `${turn} ${slot} · ${doing}`);
    return this.#written([`${turn} ${this.#title(nowMs)}`, ...busy]);
  }

  lastLines(mark: string, nowMs: number): string[] {
    const slots = [...this.#slots.keys()].map((slot) => `${mark} ${slot}`);
    const stopped = this.#tally === null && mark === '✖' ? `Stopped: ${this.#opening}` : this.#title(nowMs);
    return this.#written([`${mark} ${stopped}`, ...slots]);
  }

  #written(lines: readonly string[]): string[] {
    return [...lines, ...this.#news.map((line) => `  ${line}`)].map(printableLine);
  }

  #title(nowMs: number): string {
    return this.#tally?.describe(nowMs) ?? this.#opening;
  }

  #open(event: Extract<FsaEvent, { type: 'run-started' }>): void {
    this.#tally = new Tally(event, performance.now());
    const busy = event.slots.slice(0, Math.max(0, event.jobs - event.alreadyDone));
    for (const slot of busy) this.#slots.set(slot, 'starting');
  }

  #noteBeforeStart(event: FsaEvent): void {
    const words = describeEvent(event);
    if (event.type === 'warning') this.#report(words);
    else if (event.type === 'job-progress') this.#opening = `${event.label} · ${describeProgress(event)}`;
    else this.#opening = describeTransfer(event) ?? words ?? this.#opening;
  }

  #noteOfRun(event: FsaEvent, tally: Tally): void {
    tally.count(event);
    if (event.type === 'worker-started') this.#slotOfWorker.set(event.workerId, event.slot);
    if (event.type === 'job-progress')
      this.#setSlot(event.workerId, `${event.label} · ${describeProgress(event)}`);
    if (event.type === 'job-started') this.#setSlot(event.workerId, `${event.label} · starting`);
    if (['job-finished', 'job-failed', 'job-validated', 'warning'].includes(event.type))
      this.#report(describeEvent(event));
  }

  #setSlot(workerId: string, doing: string): void {
    const slot = this.#slotOfWorker.get(workerId) ?? workerId;
    if (this.#slots.has(slot)) this.#slots.set(slot, doing);
  }

  #report(words: string | null): void {
    if (words !== null) this.#news = [...this.#news, words].slice(-NEWS_LINES);
  }
}
