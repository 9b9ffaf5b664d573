/** Rows of a corpus file before anyone looks inside: lines of text (plain, gzip, zstd), or Parquet. */
import { type FileForm, formOf } from './file-format.js';
import { type Line, splitLines } from './lines.js';
import { type ParquetRow, readParquet } from './parquet.js';
import { unpackFile, type UnpackOptions } from './unpack.js';

/** Its number counts lines or, in Parquet, rows; from 1. */
export type RawRow = Line | ParquetRow;

export type ReadRawRowsOptions = UnpackOptions;

/**
 * The rows of a file, some at a time. Blank lines are no rows; byte-order marks and CRLF are taken.
 * @throws FsaError DATA where the file as a whole cannot be read; the signal's reason when aborted
 */
export async function* readRawRows(path: string, options: ReadRawRowsOptions = {}): AsyncGenerator<RawRow[]> {
  options.signal?.throwIfAborted();
  const form: FileForm = await formOf(path);
  if (form === 'parquet') yield* readParquet(path, options);
  else yield* splitLines(unpackFile(path, form, options), path);
}
