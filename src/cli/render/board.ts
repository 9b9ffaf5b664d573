/** The live board on a terminal: a line for the whole run, one for each worker, what happened last below them. */
import {
  Listr,
  ListrLogger,
  ProcessOutput,
  type DefaultRenderer,
  type ListrDefaultRendererLogLevels,
  type ListrLogLevels,
  type ListrTaskWrapper,
  type SimpleRenderer,
} from 'listr2';
import type { FsaEvent } from '../../events.js';
import { Tally } from './tally.js';
import { describeEvent, describeProgress, describeTransfer } from './words.js';

type TaskHandle = ListrTaskWrapper<object, typeof DefaultRenderer, typeof SimpleRenderer>;

/** What happened last stays in sight; the journal keeps all of it. */
const NEWS_LINES = 6;

/** One line of the board that lives until told to end. */
class Line {
  #handle: TaskHandle | null = null;
  #end: () => void = () => undefined;
  readonly #ended = new Promise<void>((resolve) => (this.#end = resolve));

  constructor(private title: string) {}

  readonly task = async (_context: object, handle: TaskHandle): Promise<void> => {
    this.#handle = handle;
    handle.title = this.title;
    await this.#ended;
  };

  set(title: string): void {
    this.title = title;
    if (this.#handle !== null) this.#handle.title = title;
  }

  /** News below the list. listr2 must write it: whatever else writes to the terminal tears the board. */
  report(words: string): void {
    if (this.#handle !== null) this.#handle.output = words;
  }

  end(title: string): void {
    this.set(title);
    this.#end();
  }
}

export async function showBoard(events: AsyncIterable<FsaEvent>): Promise<void> {
  const board = new Board();
  const iterator = events[Symbol.asyncIterator]();
  // Before the slots are known there is one line: reading, preparing, installing, downloading.
  const opening = new Line('Reading configuration, data and models');
  const openingList = startList([opening]);
  let next = await iterator.next();
  try {
    while (next.done !== true && next.value.type !== 'run-started') {
      board.noteBeforeStart(next.value, opening);
      next = await iterator.next();
    }
  } catch (error) {
    opening.end('Stopped');
    await openingList;
    throw error;
  }
  opening.end(next.done === true ? board.lastWord : 'Ready');
  await openingList;
  if (next.done === true || next.value.type !== 'run-started') return;

  const lines = board.open(next.value);
  const list = startList(lines);
  const clock = setInterval(() => board.tick(), 1000);
  try {
    for (next = await iterator.next(); next.done !== true; next = await iterator.next())
      board.note(next.value);
  } finally {
    clearInterval(clock);
    board.close();
    await list;
  }
}

/** listr2 writes to stdout unless each of its loggers is told otherwise. */
function makeLogger<Levels extends string = ListrLogLevels>(): ListrLogger<Levels> {
  return new ListrLogger<Levels>({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
}

async function startList(lines: readonly Line[]): Promise<void> {
  const list = new Listr<object, 'default', 'simple'>(
    lines.map(({ task }) => ({
      title: ' ',
      task,
      rendererOptions: { bottomBar: NEWS_LINES, persistentOutput: true },
    })),
    {
      concurrent: true,
      // fsa's own handlers decide what Ctrl-C does.
      registerSignalListeners: false,
      rendererOptions: { logger: makeLogger<ListrDefaultRendererLogLevels>(), collapseErrors: false },
      fallbackRendererOptions: { logger: makeLogger() },
    },
  );
  await list.run({});
}

class Board {
  lastWord = 'Done';
  #tally: Tally | null = null;
  #total = new Line('');
  readonly #slots = new Map<string, Line>();
  readonly #slotOfWorker = new Map<string, string>();

  noteBeforeStart(event: FsaEvent, line: Line): void {
    const progress =
      event.type === 'job-progress' ? `${event.label} · ${describeProgress(event)}` : describeTransfer(event);
    if (progress !== null) {
      line.set(progress);
      return;
    }
    const words = describeEvent(event);
    if (words === null) return;
    this.lastWord = words;
    line.set(words);
  }

  open(event: Extract<FsaEvent, { type: 'run-started' }>): Line[] {
    this.#tally = new Tally(event, performance.now());
    this.#total = new Line(this.#tally.describe(performance.now()));
    const busy = event.slots.slice(0, Math.max(0, event.jobs - event.alreadyDone));
    for (const slot of busy) this.#slots.set(slot, new Line(`${slot} · starting`));
    return [this.#total, ...this.#slots.values()];
  }

  note(event: FsaEvent): void {
    this.#tally?.count(event);
    this.tick();
    if (event.type === 'worker-started') this.#slotOfWorker.set(event.workerId, event.slot);
    if (event.type === 'job-progress')
      this.#lineOf(event.workerId)?.set(
        `${this.#slot(event.workerId)} · ${event.label} · ${describeProgress(event)}`,
      );
    if (event.type === 'job-started')
      this.#lineOf(event.workerId)?.set(`${this.#slot(event.workerId)} · ${event.label} · starting`);
    if (['job-finished', 'job-failed', 'job-validated', 'warning'].includes(event.type)) {
      const words = describeEvent(event);
      if (words !== null) this.#total.report(words);
    }
  }

  tick(): void {
    if (this.#tally !== null) this.#total.set(this.#tally.describe(performance.now()));
  }

  close(): void {
    for (const [slot, line] of this.#slots) line.end(slot);
    this.#total.end(this.#tally?.describe(performance.now()) ?? '');
  }

  #slot(workerId: string): string {
    return this.#slotOfWorker.get(workerId) ?? workerId;
  }

  #lineOf(workerId: string): Line | undefined {
    return this.#slots.get(this.#slot(workerId));
  }
}
