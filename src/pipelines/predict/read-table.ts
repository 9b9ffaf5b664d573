/** The sentences of a table with a header. */
import { placeOfColumn, readRecords } from '../../data/formats/table.js';
import { FsaError } from '../../errors.js';
import { TEXT_KEYS, type InputText } from './input-text.js';

/** @throws FsaError DATA where a quote is never closed, no column holds sentences, or two do, a row has more cells than the header, or bytes are no UTF-8 */
export async function* readTable(
  pieces: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<InputText[]> {
  let header: Header | null = null;
  for await (const records of readRecords(pieces, { name })) {
    const texts: InputText[] = [];
    for (const { cells, line } of records) {
      const where = `${name}:${line}`;
      if (header === null) {
        const id = placeOfColumn(named(cells), 'id', where);
        header = { text: findColumn(cells, where), id, width: cells.length };
        continue;
      }
      const text = textIn(cells, header, where);
      const id = cells[header.id];
      texts.push(id === undefined || id === '' ? { text, line } : { text, line, id });
    }
    yield texts;
  }
}

/** Columns from 0; `id` is -1 where there is none. */
interface Header {
  readonly text: number;
  readonly id: number;
  readonly width: number;
}

function named(header: readonly string[]): string[] {
  return header.map((cell) => cell.trim().toLowerCase());
}

function findColumn(header: readonly string[], where: string): number {
  const names = named(header);
  const key = TEXT_KEYS.find((one) => names.includes(one));
  if (key !== undefined) return placeOfColumn(names, key, where);
  throw new FsaError('DATA', 'No column of the table is called text or sentence.', {
    where,
    advice: 'Give the column of the sentences that name in the first line.',
  });
}

function textIn(cells: readonly string[], { text: column, width }: Header, where: string): string {
  // Which cell the delimiter cut in two nobody knows: it may be the sentence.
  if (cells.slice(width).some((cell) => cell.trim() !== '')) {
    throw new FsaError('DATA', `The row has ${cells.length} cells where the header has ${width}.`, {
      where,
      advice: 'Put a cell that holds the delimiter in quotes.',
    });
  }
  const text = cells[column];
  if (text !== undefined) return text;
  throw new FsaError('DATA', 'The row has too few columns: its sentence is missing.', {
    where,
    advice: 'Put a cell that holds the delimiter in quotes.',
  });
}
