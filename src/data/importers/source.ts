/** A foreign data file as UTF-8, whatever its encoding and packing; its size is no matter. */
import { open } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { FsaError } from '../../errors.js';
import { decodePieces, ZERO_BYTE } from '../formats/bytes.js';
import { formOf } from '../formats/file-format.js';
import { type Line, splitLines } from '../formats/lines.js';
import { statOrdinaryFile } from '../formats/ordinary-file.js';
import { unpackFile } from '../formats/unpack.js';
import { canBeUtf8, declaredIn, isUtf8Throughout, nameEncoding, wideEncodingOf } from './encoding.js';
import { type Found, type ImportedRow, Neighbours, type Reject, rowOrReject } from './row.js';

export interface Source {
  readonly path: string;
  /** The first text of the file, for recognition and column names. */
  readonly head: string;
  /** `utf-8` unless the file or the caller says otherwise. */
  readonly encoding: string;
  /** The encoding that the caller or the XML declaration names, where the file is UTF-8 all the same. */
  readonly insteadOf: string | null;
  /** Bytes of the file itself that were read so far. */
  readonly bytesRead: () => number;
  /** The file's bytes in UTF-8, without a byte-order mark. */
  readonly pieces: () => AsyncGenerator<Uint8Array>;
}

/** So much is looked at to recognise a format. */
const HEAD_BYTES = 64 * 1024;
/** And so much where the first line is one object that is not whole before. */
const LONGEST_OBJECT_BYTES = 4 * 1024 * 1024;

/**
 * Opens a file as text.
 * @param encoding a label of the Encoding Standard (`windows-1252`, `shift_jis`); null goes by the first bytes and
 * the XML declaration, and takes UTF-8 where they say nothing. Whatever is named, a file that is UTF-8 from
 * beginning to end is read as UTF-8: as anything else its words would be broken without a word
 * @throws FsaError DATA where there is no such file or it is no text, USAGE for an encoding nobody knows
 */
export async function openSource(
  path: string,
  encoding: string | null,
  signal?: AbortSignal,
): Promise<Source> {
  const start = await firstBytes(path);
  const wide = wideEncodingOf(start);
  const form = await formOf(path, encoding ?? wide);
  if (form === 'parquet') {
    throw new FsaError('DATA', 'Parquet is read as a corpus only, not as annotated data.', {
      where: path,
      advice: 'Save the table as CSV or JSON lines and import that.',
    });
  }
  const named = nameEncoding(encoding ?? wide ?? declaredIn(start) ?? 'utf-8');
  const isUtf8 = canBeUtf8(named) && (await isUtf8Throughout(unpackFile(path, form, { signal })));
  const name = isUtf8 ? 'utf-8' : named;
  let bytesRead = 0;
  const onBytes = (bytes: number): void => void (bytesRead = bytes);
  const raw = (): AsyncGenerator<Uint8Array> => unpackFile(path, form, { signal, onBytes });
  const pieces = (): AsyncGenerator<Uint8Array> =>
    inBites(name === 'utf-8' ? withoutMark(raw()) : recode(raw(), name));
  const insteadOf = name === named ? null : named;
  return {
    path,
    head: await headOf(pieces()),
    encoding: name,
    insteadOf,
    bytesRead: () => bytesRead,
    pieces,
  };
}

async function firstBytes(path: string): Promise<Buffer> {
  await statOrdinaryFile(path);
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Rows of so much text are made, used and forgotten while they are young, which garbage collection likes. */
const BITE_BYTES = 32 * 1024;

async function* inBites(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += BITE_BYTES) yield piece.subarray(at, at + BITE_BYTES);
  }
}

async function* withoutMark(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const piece of pieces) {
    const marked = first && piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf;
    if (piece.length > 0) first = false;
    yield marked ? piece.subarray(3) : piece;
  }
}

async function* recode(pieces: AsyncGenerator<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  for await (const piece of pieces) yield Buffer.from(decoder.decode(piece, { stream: true }));
  yield Buffer.from(decoder.decode());
}

async function headOf(pieces: AsyncGenerator<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let [bytes, isObject, hasLine, isWhole] = [0, false, false, true];
  for await (const piece of pieces) {
    if (bytes === 0) isObject = /^\s*\{/.test(Buffer.from(piece.subarray(0, 512)).toString('latin1'));
    hasLine ||= piece.includes(LINE_FEED);
    parts.push(piece);
    bytes += piece.length;
    if (bytes < HEAD_BYTES || (isObject && !hasLine && bytes < LONGEST_OBJECT_BYTES)) continue;
    isWhole = false;
    break;
  }
  const whole = Buffer.concat(parts);
  if (isWhole) return whole.toString('utf8');
  const end = isObject ? Math.max(HEAD_BYTES, whole.indexOf(LINE_FEED) + 1) : HEAD_BYTES;
  const text = whole.subarray(0, end).toString('utf8');
  // Of a longer file the last line is not whole.
  return text.includes('\n') ? text.slice(0, text.lastIndexOf('\n') + 1) : text;
}

const LINE_FEED = 0x0a;

/** What to do about bytes that are no UTF-8, said by every reader. */
export const ENCODING_ADVICE = 'Name its encoding, as in --encoding windows-1252.';

/** The text of a file, some at a time. @throws FsaError DATA with file and line where bytes are no UTF-8 */
export function readText(source: Source): AsyncGenerator<string> {
  return decodePieces(source.pieces(), source.path, ENCODING_ADVICE);
}

const NOT_UTF8 = 'the line is not UTF-8: name the encoding, as in --encoding windows-1252';

export type TextLine = Line & { readonly text: string };

/** The lines that are not blank; those that are no UTF-8 come as rejects. */
export async function* readLines(source: Source): AsyncGenerator<readonly (TextLine | Reject)[]> {
  for await (const lines of splitLines(source.pieces(), source.path, { keepMarks: true })) {
    yield lines.map(({ text, number }): TextLine | Reject => {
      if (text === null) return { line: number, reason: NOT_UTF8 };
      return text.includes('\0') ? { line: number, reason: ZERO_BYTE } : { text, number };
    });
  }
}

/** The rows of a format that has one row a line; null is a line that is no row. */
export async function* rowsOfLines(
  source: Source,
  read: (text: string, line: number) => ImportedRow | null,
): AsyncGenerator<Found[]> {
  for await (const lines of readLines(source)) {
    yield lines
      .map((line) => ('reason' in line ? line : rowOrReject(line.number, () => read(line.text, line.number))))
      .filter((found) => found !== null);
  }
}

/** Joins neighbouring rows of one sentence. */
export async function* joinNeighbours(batches: AsyncGenerator<Found[]>): AsyncGenerator<Found[]> {
  const neighbours = new Neighbours();
  for await (const batch of batches) {
    const ready: Found[] = [];
    for (const found of batch) {
      const row = 'reason' in found ? found : neighbours.push(found);
      if (row !== null) ready.push(row);
    }
    yield ready;
  }
  const last = neighbours.end();
  if (last !== null) yield [last];
}
