/**
 * A few lines at the bottom of a terminal that are drawn again and again in place. Each takes one row, so
 * that the way back up is known; a resize counts anew what rows the old lines take; the cursor comes back
 * however the process ends.
 */
import { fitTo, widthOf } from '../../report/text.js';

/** A terminal that does not know its size (0 columns in a fresh pseudo-terminal) is taken for this one. */
export const USUAL_COLUMNS = 80;
const USUAL_ROWS = 24;

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** The frame that stands on the terminal now: whatever else is written goes above it. */
let standing: Frame | null = null;
const stand = (frame: Frame | null): void => {
  standing = frame;
};

/** Writes a line to stderr, above the frame where one stands. */
export function writeAbove(text: string): void {
  if (standing === null) process.stderr.write(`${text}\n`);
  else standing.writeAbove(text);
}

/** Columns of a stream that may not know them. */
export function columnsOf({ columns }: { readonly columns?: number }): number {
  return columns === undefined || columns < 1 ? USUAL_COLUMNS : columns;
}

function rowsOf({ rows }: { readonly rows?: number }): number {
  return rows === undefined || rows < 1 ? USUAL_ROWS : rows;
}

export class Frame {
  readonly #stream: NodeJS.WriteStream;
  #lines: readonly string[] = [];
  #drawn: readonly string[] = [];

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    stand(this);
    process.on('exit', this.#release);
    stream.on('resize', this.#redraw);
    stream.write(HIDE_CURSOR);
  }

  /** Draws lines in place of those drawn before, each cut to one row, as many as there are rows. */
  draw(lines: readonly string[]): void {
    this.#lines = lines;
    this.#redraw();
  }

  /** Writes a line that stays, above the frame. */
  writeAbove(text: string): void {
    const lines = this.#fitted();
    this.#stream.write(`${this.#erasure()}${text}\n${asRows(lines)}`);
    this.#drawn = lines;
  }

  /** Leaves lines that stay, in full, and gives the terminal back. */
  end(lines: readonly string[]): void {
    this.#stream.write(`${this.#erasure()}${asRows(lines)}`);
    this.#drawn = [];
    this.#release();
    process.off('exit', this.#release);
    this.#stream.off('resize', this.#redraw);
  }

  readonly #redraw = (): void => {
    const lines = this.#fitted();
    if (lines.length === 0 && this.#drawn.length === 0) return;
    this.#stream.write(`${this.#erasure()}${asRows(lines)}`);
    this.#drawn = lines;
  };

  readonly #release = (): void => {
    if (standing === this) stand(null);
    this.#stream.write(SHOW_CURSOR);
  };

  #fitted(): string[] {
    const most = Math.max(1, rowsOf(this.#stream) - 1);
    // The last column stays free: some terminals go to the next row as soon as it is written.
    const columns = Math.max(1, columnsOf(this.#stream) - 1);
    return this.#lines.slice(0, most).map((line) => fitTo(line, columns));
  }

  /** Back to where the frame begins, with everything from there on cleared. */
  #erasure(): string {
    const columns = columnsOf(this.#stream);
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
    return rows === 0 ? '' : `\u001b[${rows}A\r\u001b[J`;
  }
}

const asRows = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
