/** The text inside a packed file, piece by piece, with flat memory. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FsaError } from '../../errors.js';
import type { FileForm } from './file-format.js';

export interface UnpackOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after every piece: bytes of the file itself so far. */
  readonly onBytes?: ((bytesRead: number) => void) | undefined;
}

const PIECE_BYTES = 256 * 1024;
/** A few bytes of zstd can stand for a thousand times as many: so much is unpacked at once. */
const ZSTD_BITE_BYTES = 8 * 1024;

/**
 * The unpacked bytes of a file.
 * @throws FsaError DATA where the packing is cut off or damaged; the signal's reason when aborted
 */
export async function* unpackFile(
  path: string,
  form: Exclude<FileForm, 'parquet'>,
  { signal, onBytes }: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES });
  const pieces: AsyncIterable<Buffer> =
    form === 'gzip' ? gunzip(file) : form === 'zstd' ? unpackZstd(file) : (file as AsyncIterable<Buffer>);
  try {
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      yield piece;
      onBytes?.(file.bytesRead);
    }
  } catch (error) {
    // What an abort throws has a number for a code, too.
    signal?.throwIfAborted();
    throw errorOfPacking(error, path) ?? error;
  } finally {
    file.destroy();
  }
}

async function* gunzip(file: Readable): AsyncGenerator<Buffer> {
  const unpacked = createGunzip({ chunkSize: PIECE_BYTES });
  file.on('error', (error) => unpacked.destroy(error));
  try {
    for await (const piece of file.pipe(unpacked)) yield piece as Buffer;
  } finally {
    unpacked.destroy();
  }
}

/** Frames one after the other, as `zstd`, `pzstd` and `cat` leave them. Their checksums are not compared. */
async function* unpackZstd(file: Readable): AsyncGenerator<Buffer> {
  const { Decompress } = await import('fzstd');
  let made: Buffer[] = [];
  const unpacker = new Decompress((piece) => void made.push(Buffer.from(piece)));
  const take = (): Buffer => {
    const piece = made.length === 1 && made[0] !== undefined ? made[0] : Buffer.concat(made);
    made = [];
    return piece;
  };
  for await (const piece of file as AsyncIterable<Buffer>) {
    for (let start = 0; start < piece.length; start += ZSTD_BITE_BYTES) {
      unpacker.push(piece.subarray(start, start + ZSTD_BITE_BYTES));
      if (made.length > 0) yield take();
    }
  }
  unpacker.push(new Uint8Array(0), true);
  if (made.length > 0) yield take();
}

/** What fzstd calls its errors (`ZstdErrorCode`). */
const WINDOW_TOO_LARGE = 1;
const DISTANCE_TOO_FAR = 4;

function errorOfPacking(error: unknown, path: string): FsaError | null {
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && code.startsWith('Z_')) return damaged('gzip', path, error);
  if (typeof code !== 'number') return null;
  if (code !== WINDOW_TOO_LARGE && code !== DISTANCE_TOO_FAR) return damaged('zstd', path, error);
  return new FsaError('DATA', 'The zstd file needs a window of more than 32 MiB.', {
    where: path,
    advice: 'Pack it again without --long and --ultra.',
    cause: error,
  });
}

function damaged(kind: 'gzip' | 'zstd', path: string, cause: unknown): FsaError {
  return new FsaError('DATA', `The ${kind} file is cut off or damaged.`, {
    where: path,
    advice: `Fetch or pack it again; \`${kind} -t FILE\` tests it.`,
    cause,
  });
}
