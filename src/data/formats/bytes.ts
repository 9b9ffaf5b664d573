/** From bytes to text, with a clear word on bytes that are no UTF-8. */
import { FsaError } from '../../errors.js';

const LINE_FEED = 0x0a;

/** What is wrong with a line that holds one: programs that write text write none. */
export const ZERO_BYTE = 'a zero byte stands on the line';

/** What the first bytes of a file give away about its encoding. */
export function encodingFault(bytes: Uint8Array): string | null {
  if (markOfUtf16(bytes) !== null) return 'the file is UTF-16';
  if (zeroBytesOfUtf16(bytes) !== null) return 'the file is UTF-16 without a mark';
  if (bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd) {
    return 'the file is packed with zstd; unpack it (zstd -d)';
  }
  if (bytes[0] === 0x50 && bytes[1] === 0x41 && bytes[2] === 0x52 && bytes[3] === 0x31) {
    return 'the file is Parquet; only a corpus may be';
  }
  return bytes.subarray(0, 512).includes(0) ? 'the file is binary, not text' : null;
}

/** The kind of UTF-16 that a byte-order mark tells; else null. */
export function markOfUtf16(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
}

/** Fewer bytes tell nothing. */
const FEWEST_BYTES_OF_UTF16 = 8;

/** The kind of UTF-16 whose Latin letters would have their zero bytes where these bytes have theirs; else null. */
export function zeroBytesOfUtf16(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  const start = bytes.subarray(0, 512);
  const zeros = [0, 0];
  for (const [at, byte] of start.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (start.length < FEWEST_BYTES_OF_UTF16 || Math.min(even, odd) > 0) return null;
  if (Math.max(even, odd) * 4 < start.length) return null;
  return odd > even ? 'utf-16le' : 'utf-16be';
}

/** UTF-8 text without its byte-order mark. @throws FsaError DATA naming the line of the first bad byte */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  const fault = encodingFault(bytes);
  if (fault !== null) throw notText(file, fault);
  const zero = bytes.indexOf(0);
  if (zero !== -1) throw zeroByte(file, 1 + countBreaks(bytes.subarray(0, zero)));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notUtf8(file, lineOfBadByte(bytes), cause);
  }
}

/**
 * The text of UTF-8 bytes, piece by piece, without a byte-order mark.
 * @param advice what to do about bytes that are no UTF-8
 * @throws FsaError DATA naming the line of the first bad byte, or of a zero byte
 */
export async function* decodePieces(
  pieces: AsyncIterable<Uint8Array>,
  file: string,
  advice?: string,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  const decode = (piece: Uint8Array | null): string => {
    try {
      return piece === null ? decoder.decode() : decoder.decode(piece, { stream: true });
    } catch (cause) {
      throw notUtf8(file, line + lineOfBadByte(piece ?? new Uint8Array()) - 1, cause, advice);
    }
  };
  for await (const piece of pieces) {
    const zero = piece.indexOf(0);
    if (zero !== -1) throw zeroByte(file, line + countBreaks(piece.subarray(0, zero)));
    yield decode(piece);
    line += countBreaks(piece);
  }
  yield decode(null);
}

function countBreaks(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}

/** The error for a line of text with a zero byte in it. */
export function zeroByte(file: string, line: number): FsaError {
  return notText(`${file}:${line}`, ZERO_BYTE);
}

/** @param fault what `encodingFault` found */
export function notText(where: string, fault: string): FsaError {
  return new FsaError('DATA', `Not a text file: ${fault}.`, {
    where,
    advice: fault.includes('UTF-16')
      ? 'Save it as UTF-8: iconv -f utf-16 -t utf-8 (utf-16le or utf-16be where there is no mark).'
      : 'Name a file of UTF-8 text, or take the zero bytes out of this one (tr -d "\\000").',
  });
}

/** The error for a file whose first bad byte is on a line. */
export function notUtf8(
  file: string,
  line: number,
  cause?: unknown,
  advice = 'Save it as UTF-8 (for example with iconv -f cp1252 -t utf-8) and try again.',
): FsaError {
  return new FsaError('DATA', 'The file is not UTF-8.', {
    where: `${file}:${line}`,
    advice,
    cause,
  });
}

/** The line, from 1, of the first bytes that are no UTF-8; the last line where all are. */
export function lineOfBadByte(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    const stop = end === -1 ? bytes.length : end + 1;
    try {
      decoder.decode(bytes.subarray(start, stop));
    } catch {
      return line;
    }
    start = stop;
  }
  return line;
}
