/** The journal as server-sent events. Each bears the byte after its line as its id, so a browser that comes back goes on exactly there. */
import type { ServerResponse } from 'node:http';
import type { FsaEvent } from '../../events.js';
import type { WatchedRun } from '../../pipelines/watch/watched-run.js';
import { describeEvent } from '../../report/event-words.js';
import { asEvent, LINE_FEED, readBytes, readLines } from '../../runs/tail.js';

const BEAT_MS = 15_000;

/** One event of the page's log. */
export interface LogLine {
  readonly time: string;
  readonly type: string;
  readonly text: string;
}

export class Stream {
  #sentBoard = '';
  #lastWriteMs = performance.now();

  /** @param position byte of the journal after which the client has nothing yet; the start of a line */
  constructor(
    private readonly response: ServerResponse,
    private readonly run: WatchedRun,
    private position: number,
  ) {
    // Proxies would hold events back until there are enough of them.
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    response.write('retry: 1000\n\n');
  }

  /**
   * Sends what is new. A client that does not read is given nothing more until it does; one whose place is no longer
   * the start of a line has seen the journal of a run that was replaced.
   */
  async send(board: string): Promise<void> {
    if (this.response.writableNeedDrain) return;
    if ((await lineStart(this.run.journalPath, String(this.position))) === null) {
      this.reload();
      return;
    }
    const { lines, ends, end } = await readLines(this.run.journalPath, this.position);
    const events = lines.flatMap((line, index) => {
      const shown = logLineOf(line);
      return shown === null ? [] : [message('journal', shown, ends[index])];
    });
    this.position = end;
    if (events.length > 0) this.#write(events.join(''));
    if (board !== this.#sentBoard) {
      this.#sentBoard = board;
      this.#write(message('board', { html: board }));
    }
    if (performance.now() - this.#lastWriteMs > BEAT_MS) this.#write(': beat\n\n');
  }

  /** Tells the page to begin anew: the run in this folder is another one. */
  reload(): void {
    this.#write(message('reload', {}));
    this.response.end();
  }

  #write(text: string): void {
    this.#lastWriteMs = performance.now();
    this.response.write(text);
  }
}

function message(event: string, data: object, id?: number): string {
  const name = id === undefined ? '' : `id: ${id}\n`;
  return `${name}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A line of the journal as the page shows it; null for damaged lines. */
export function logLineOf(line: unknown): LogLine | null {
  const event = asEvent(line);
  if (event === null) return null;
  const { time, type } = event;
  return { time, type, text: describeEvent(event) ?? nameOf(event) };
}

/** For what other views leave out: where it was, and what. */
function nameOf(event: FsaEvent): string {
  const name = event.type.replaceAll('-', ' ');
  if ('slot' in event) return `${name} on ${event.slot}`;
  return 'label' in event ? `${event.label}: ${name}` : name;
}

/** A place that a client names, where it is the start of a line of this journal; null otherwise. */
export async function lineStart(path: string, named: string | undefined): Promise<number | null> {
  if (named === undefined || !/^\d{1,15}$/.test(named)) return null;
  const position = Number(named);
  if (position === 0) return 0;
  const [before] = await readBytes(path, position - 1, 1);
  return before === LINE_FEED ? position : null;
}
