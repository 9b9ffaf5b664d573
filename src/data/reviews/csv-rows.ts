/** A table with a header, by RFC 4180, as rows of named cells; with flat memory. */
import { Readable } from 'node:stream';
import Papa from 'papaparse';
import { FsaError } from '../../errors.js';
import { formOf } from '../formats/file-format.js';
import type { ParquetRow } from '../formats/parquet.js';
import { unpackFile, type UnpackOptions } from '../formats/unpack.js';

/** The rows, each with the line it starts on. @throws FsaError DATA where the header is no header */
export async function* readCsvRows(path: string, options: UnpackOptions): AsyncGenerator<ParquetRow> {
  const form = await formOf(path);
  if (form === 'parquet') throw new FsaError('DATA', 'This is a Parquet file named as CSV.', { where: path });
  const text = decode(unpackFile(path, form, options), path);
  const records = Readable.from(text).pipe(Papa.parse(Papa.NODE_STREAM_INPUT, { header: false }));
  let header: readonly string[] | null = null;
  let line = 1;
  for await (const record of records as AsyncIterable<string[]>) {
    const number = line;
    line += 1 + record.reduce((breaks, cell) => breaks + cell.split('\n').length - 1, 0);
    if (record.length === 1 && record[0]?.trim() === '') continue;
    if (header === null) {
      header = record.map((name) => name.trim());
      if (new Set(header).size < header.length) {
        throw new FsaError('DATA', 'Two columns have the same name.', { where: `${path}:${number}` });
      }
    } else {
      const names = header;
      yield {
        value: Object.fromEntries(record.map((cell, at) => [names[at] ?? `column ${at + 1}`, cell])),
        number,
      };
    }
  }
}

async function* decode(pieces: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const take = (piece?: Uint8Array): string => {
    try {
      return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true });
    } catch (cause) {
      throw new FsaError('DATA', 'The file is not UTF-8.', {
        where: path,
        advice: 'Save it as UTF-8 (iconv -f WINDOWS-1252 -t UTF-8 FILE writes it so).',
        cause,
      });
    }
  };
  for await (const piece of pieces) yield take(piece);
  yield take();
}
