/** Lines of a text of any size, with flat memory. */
import { isUtf8 } from 'node:buffer';
import { FsaError } from '../../errors.js';

export interface Line {
  /** Without its line break; null where the bytes are no UTF-8. */
  readonly text: string | null;
  /** 1-based. */
  readonly number: number;
}

/** A line longer than this is a file without line breaks, not a row. */
const LONGEST_LINE_BYTES = 64 * 1024 * 1024;

/**
 * The lines that are not blank, some at a time. Takes byte-order marks and CRLF.
 * @param path for messages
 * @throws FsaError DATA where a line has no end
 */
export async function* splitLines(pieces: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Line[]> {
  const splitter = new LineSplitter(path);
  for await (const piece of pieces) yield splitter.push(piece);
  yield splitter.end();
}

/** Cuts pieces of bytes at line breaks; keeps what has no end yet. */
class LineSplitter {
  #rest: Buffer[] = [];
  #restBytes = 0;
  #number = 0;

  constructor(private readonly path: string) {}

  push(bytes: Uint8Array): Line[] {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const lines: Line[] = [];
    let start = 0;
    for (let end = piece.indexOf(0x0a); end !== -1; end = piece.indexOf(0x0a, start)) {
      this.#take(piece.subarray(start, end), lines);
      start = end + 1;
    }
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
    this.#number++;
    if (!isUtf8(bytes)) lines.push({ text: null, number: this.#number });
    else {
      const text = withoutMarks(bytes.toString('utf8'));
      if (text.trim() !== '') lines.push({ text, number: this.#number });
    }
  }
}

/** A byte-order mark may stand at the start of any line where files were joined. */
function withoutMarks(text: string): string {
  return text.slice(text.startsWith('\uFEFF') ? 1 : 0, text.endsWith('\r') ? -1 : undefined);
}
