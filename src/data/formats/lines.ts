/** Lines of a text of any size, with flat memory. */
import { isUtf8 } from 'node:buffer';
import { FsaError } from '../../errors.js';

export interface Line {
  /** Without its line break; null where the bytes are no UTF-8. */
  readonly text: string | null;
  /** 1-based. */
  readonly number: number;
}

const LINE_FEED = 0x0a;

/** A line longer than this is a file without line breaks, not a row. */
const LONGEST_LINE_BYTES = 64 * 1024 * 1024;

/**
 * The lines that are not blank, some at a time. Takes CRLF, and byte-order marks at the start of any line, as
 * files have that were joined.
 * @param path for messages
 * @param keepMarks whether U+FEFF at the start of a line belongs to its text
 * @throws FsaError DATA where a line has no end
 */
export async function* splitLines(
  pieces: AsyncIterable<Uint8Array>,
  path: string,
  { keepMarks = false }: { readonly keepMarks?: boolean } = {},
): AsyncGenerator<Line[]> {
  const splitter = new LineSplitter(path, keepMarks);
  for await (const piece of pieces) yield splitter.push(piece);
  yield splitter.end();
}

/** Cuts pieces of bytes at line breaks; keeps what has no end yet. */
class LineSplitter {
  #rest: Buffer[] = [];
  #restBytes = 0;
  #number = 0;

  constructor(
    private readonly path: string,
    private readonly keepMarks: boolean,
  ) {}

  push(bytes: Uint8Array): Line[] {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const lines: Line[] = [];
    let start = this.#restBytes === 0 ? 0 : this.#end(piece, lines);
    const last = piece.lastIndexOf(LINE_FEED) + 1;
    if (last > start) this.#takeWhole(piece.subarray(start, last), lines);
    start = Math.max(start, last);
    if (start < piece.length) {
      this.#rest.push(piece.subarray(start));
      this.#restBytes += piece.length - start;
      if (this.#restBytes > LONGEST_LINE_BYTES) {
        throw new FsaError('DATA', 'A line is longer than 64 MiB.', {
          where: `${this.path}:${this.#number + 1}`,
          advice: 'The file should hold one JSON object per line (jq -c . FILE writes it so).',
        });
      }
    }
    return lines;
  }

  /** Ends the line of the pieces before, if this one has an end for it. @returns where the next one starts */
  #end(piece: Buffer, lines: Line[]): number {
    const end = piece.indexOf(LINE_FEED);
    if (end === -1) return 0;
    this.#take(piece.subarray(0, end), lines);
    return end + 1;
  }

  /** Lines with their ends, made into text all at once where they are text. */
  #takeWhole(bytes: Buffer, lines: Line[]): void {
    if (isUtf8(bytes)) {
      const text = bytes.toString('utf8');
      for (let start = 0, end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
        this.#add(text.slice(start, end), lines);
        start = end + 1;
      }
      return;
    }
    for (let start = 0, end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      this.#take(bytes.subarray(start, end), lines);
      start = end + 1;
    }
  }

  end(): Line[] {
    const lines: Line[] = [];
    if (this.#restBytes > 0) this.#take(Buffer.alloc(0), lines);
    return lines;
  }

  #take(tail: Buffer, lines: Line[]): void {
    const bytes = this.#restBytes === 0 ? tail : Buffer.concat([...this.#rest, tail]);
    if (this.#restBytes > 0) {
      this.#rest = [];
      this.#restBytes = 0;
    }
    this.#add(isUtf8(bytes) ? bytes.toString('utf8') : null, lines);
  }

  /** @param text null where the bytes are no UTF-8 */
  #add(text: string | null, lines: Line[]): void {
    this.#number++;
    if (text === null) lines.push({ text, number: this.#number });
    else {
      const plain = this.#plain(text);
      if (plain.trim() !== '') lines.push({ text: plain, number: this.#number });
    }
  }

  #plain(text: string): string {
    const marked = !this.keepMarks && text.startsWith('\uFEFF');
    return text.slice(marked ? 1 : 0, text.endsWith('\r') ? -1 : undefined);
  }
}
