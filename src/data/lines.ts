/** Lines of a text file of any size, plain or gzip, with flat memory. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FsaError } from '../errors.js';
import { encodingFault } from './bytes.js';

export interface Line {
  /** Without its line break; null where the bytes are no UTF-8. */
  readonly text: string | null;
  /** 1-based. */
  readonly number: number;
}

export interface ReadLinesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after every piece read: bytes of the file itself so far. */
  readonly onBytes?: ((bytesRead: number) => void) | undefined;
}

/** A line longer than this is a file without line breaks, not a row. */
const LONGEST_LINE_BYTES = 64 * 1024 * 1024;
const PIECE_BYTES = 256 * 1024;

/**
 * The lines of a file that are not blank, some at a time. Takes byte-order marks and CRLF.
 * @throws FsaError DATA where there is no such file, or it is no text; the signal's reason when aborted
 */
export async function* readLines(path: string, options: ReadLinesOptions = {}): AsyncGenerator<Line[]> {
  const { signal, onBytes } = options;
  signal?.throwIfAborted();
  const packed = await isGzip(path);
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES });
  const pieces: Readable = packed ? unpack(file) : file;
  const splitter = new LineSplitter(path);
  try {
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      yield splitter.push(piece as Buffer);
      onBytes?.(file.bytesRead);
    }
    yield splitter.end();
  } catch (error) {
    throw gzipErrorOf(error, path) ?? error;
  } finally {
    file.destroy();
    pieces.destroy();
  }
}

function unpack(file: Readable): Readable {
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
  file.on('error', (error) => gunzip.destroy(error));
  return file.pipe(gunzip);
}

async function isGzip(path: string): Promise<boolean> {
  let handle;
  try {
    handle = await open(path, 'r');
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    const start = buffer.subarray(0, bytesRead);
    if (start[0] === 0x1f && start[1] === 0x8b) return true;
    const fault = encodingFault(start);
    if (fault === null) return false;
    throw new FsaError('DATA', `Not a text file: ${fault}.`, { where: path });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EISDIR' && code !== 'ENOTDIR') throw cause;
    const what = code === 'EISDIR' ? 'This is a folder, not a file.' : 'There is no such file.';
    throw new FsaError('DATA', what, { where: path, advice: 'Check the path.', cause });
  } finally {
    await handle?.close();
  }
}

function gzipErrorOf(error: unknown, path: string): FsaError | null {
  const { code } = error as NodeJS.ErrnoException;
  if (code?.startsWith('Z_') !== true) return null;
  return new FsaError('DATA', 'The gzip file is cut off or damaged.', {
    where: path,
    advice: 'Fetch or pack it again; `gzip -t FILE` tests it.',
    cause: error,
  });
}

/** Cuts pieces of bytes at line breaks; keeps what has no end yet. */
class LineSplitter {
  #rest: Buffer[] = [];
  #restBytes = 0;
  #number = 0;

  constructor(private readonly path: string) {}

  push(piece: Buffer): Line[] {
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
