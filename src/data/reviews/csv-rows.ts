/** A table with a header as rows of named cells. */
import { FsaError } from '../../errors.js';
import { formOf } from '../formats/file-format.js';
import { placeOfColumn, readRecords } from '../formats/table.js';
import { unpackFile, type UnpackOptions } from '../formats/unpack.js';

export interface CsvRow {
  /** Null where the row has more cells than the header: which one a delimiter cut in two nobody knows. */
  readonly value: Record<string, string> | null;
  /** 1-based: the line it starts on. */
  readonly line: number;
}

/** The rows below the header. @throws FsaError DATA where it is no table with a header */
export async function* readCsvRows(path: string, options: UnpackOptions): AsyncGenerator<CsvRow> {
  const form = await formOf(path);
  if (form === 'parquet') throw new FsaError('DATA', 'This is a Parquet file named as CSV.', { where: path });
  let names: readonly string[] | null = null;
  for await (const records of readRecords(unpackFile(path, form, options), { name: path })) {
    for (const { cells, line } of records) {
      if (names === null) names = namesIn(cells, `${path}:${line}`);
      else yield { value: toRow(names, cells), line };
    }
  }
}

/** Spreadsheets leave columns without a name behind: those go by their number. */
function namesIn(cells: readonly string[], where: string): string[] {
  const names = cells.map((name) => name.trim());
  for (const name of names) if (name !== '') placeOfColumn(names, name, where);
  return names.map((name, at) => (name === '' ? `column ${at + 1}` : name));
}

function toRow(names: readonly string[], cells: readonly string[]): Record<string, string> | null {
  if (cells.slice(names.length).some((cell) => cell.trim() !== '')) return null;
  return Object.fromEntries(cells.map((cell, at) => [names[at] ?? `column ${at + 1}`, cell]));
}
