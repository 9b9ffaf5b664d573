/** Rows of a Parquet file, as the hub converts datasets, some at a time. */
import { type FileHandle, open } from 'node:fs/promises';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { FsaError, isFsaError } from '../../errors.js';
import type { UnpackOptions } from './unpack.js';

export interface ParquetRow {
  /** Columns as JSON would hold them: whole numbers are numbers, dates are texts. */
  readonly value: unknown;
  /** 1-based. */
  readonly number: number;
}

/** A row group is read in slices of about so many bytes, as they count before strings are made of them. */
const SLICE_BYTES = 16 * 1024 * 1024;

/**
 * The rows of a Parquet file of any size, row group by row group; of a large group slice by slice.
 * @throws FsaError DATA where the file is damaged or packed in a way that is not known
 */
export async function* readParquet(path: string, options: UnpackOptions = {}): AsyncGenerator<ParquetRow[]> {
  const { signal, onBytes } = options;
  const handle = await open(path, 'r');
  try {
    const [{ parquetMetadataAsync, parquetReadObjects }, { compressors }, file] = await Promise.all([
      import('hyparquet'),
      import('hyparquet-compressors'),
      bufferOf(handle),
    ]);
    const metadata = await parquetMetadataAsync(file);
    const total = Number(metadata.num_rows);
    for (const { start, end } of slicesOf(metadata)) {
      signal?.throwIfAborted();
      const range = { rowStart: start, rowEnd: end };
      const rows = await parquetReadObjects({ file, metadata, compressors, ...range });
      if (rows.length !== end - start) throw new Error(`a row group ends after ${rows.length} rows`);
      yield rows.map((row, index) => ({ value: toJson(row), number: start + index + 1 }));
      onBytes?.(Math.round((file.byteLength * end) / total));
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw errorOfParquet(error, path);
  } finally {
    await handle.close();
  }
}

/** The names of its columns. @throws FsaError DATA where the file is damaged */
export async function readParquetColumns(path: string): Promise<string[]> {
  const handle = await open(path, 'r');
  try {
    const { parquetMetadataAsync, parquetSchema } = await import('hyparquet');
    const metadata = await parquetMetadataAsync(await bufferOf(handle));
    return parquetSchema(metadata).children.map(({ element }) => element.name);
  } catch (error) {
    throw errorOfParquet(error, path);
  } finally {
    await handle.close();
  }
}

function* slicesOf({ row_groups: groups }: FileMetaData): Generator<{ start: number; end: number }> {
  let first = 0;
  for (const group of groups) {
    const after = first + Number(group.num_rows);
    const slices = Math.max(1, Math.ceil(Number(group.total_byte_size) / SLICE_BYTES));
    const step = Math.max(1, Math.ceil(Number(group.num_rows) / slices));
    for (let start = first; start < after; start += step) yield { start, end: Math.min(start + step, after) };
    first = after;
  }
}

async function bufferOf(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(Math.max(0, end - start));
      for (let done = 0; done < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
        if (bytesRead === 0) throw new Error('it ends too early');
        done += bytesRead;
      }
      return bytes.buffer;
    },
  };
}

function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value === undefined) return null;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toJson);
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toJson(inner)]));
}

function errorOfParquet(error: unknown, path: string): unknown {
  const isSystem = typeof (error as NodeJS.ErrnoException).code === 'string' && 'errno' in (error as object);
  if (isFsaError(error) || isSystem || !(error instanceof Error)) return error;
  return new FsaError('DATA', `The Parquet file is cut off or damaged: ${error.message}.`, {
    where: path,
    advice: 'Fetch it again, or write it anew (datasets, pyarrow).',
    cause: error,
  });
}
