/** The sentences of a table in RFC 4180's form (commas, semicolons or tabs), with flat memory. */
import { TextDecoder } from 'node:util';
import Papa from 'papaparse';
import { FsaError } from '../../errors.js';
import { TEXT_KEYS, type InputText } from './input-text.js';

/** A record longer than this comes of a quote that nobody closed. */
const LONGEST_RECORD_UNITS = 4 * 1024 * 1024;
const DELIMITERS = [',', ';', '\t'] as const;

interface Parsed {
  readonly data: string[][];
  readonly errors: readonly { readonly code: string }[];
  readonly meta: { readonly cursor: number };
}

/** @throws FsaError DATA where a quote is never closed, no column holds sentences, or bytes are no UTF-8 */
export async function* readTable(
  pieces: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<InputText[]> {
  const table = new Table(name);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const piece of pieces) yield table.push(decode(decoder, piece, table), false);
  yield table.push(decode(decoder, undefined, table), true);
}

function decode(decoder: TextDecoder, piece: Uint8Array | undefined, table: Table): string {
  try {
    return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true });
  } catch (cause) {
    throw new FsaError('DATA', 'The table is not UTF-8.', {
      where: table.place,
      advice: 'Save the file as UTF-8 (for example with iconv -f latin1 -t utf-8) and try again.',
      cause,
    });
  }
}

class Table {
  #rest = '';
  #line = 1;
  #parser: { parse(text: string, from: number, more: boolean): unknown } | null = null;
  #column: number | null = null;

  constructor(private readonly name: string) {}

  /** About where the reading stands. */
  get place(): string {
    return `${this.name}:${this.#line}`;
  }

  push(text: string, last: boolean): InputText[] {
    this.#rest += text;
    this.#parser ??= this.#begin(last);
    if (this.#parser === null || this.#rest === '') return [];
    const parsed = this.#parser.parse(this.#rest, 0, !last) as Parsed;
    this.#rest = this.#rest.slice(parsed.meta.cursor);
    if (
      this.#rest.length > LONGEST_RECORD_UNITS ||
      parsed.errors.some(({ code }) => code === 'MissingQuotes')
    )
      throw new FsaError('DATA', 'A quoted cell is never closed.', {
        where: this.place,
        advice: 'A quote inside a quoted cell is written twice.',
      });
    return parsed.data.flatMap((cells) => this.#take(cells));
  }

  /** The parser, once the header is there. */
  #begin(last: boolean): InstanceType<typeof Papa.Parser> | null {
    const end = /\r\n|\n|\r(?!$)/.exec(this.#rest);
    if (end === null && !last) return null;
    const header = this.#rest.slice(0, end?.index);
    const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: header.split(delimiter).length }));
    const { delimiter } = counts.reduce((most, next) => (next.count > most.count ? next : most));
    const newline = end?.[0] === '\r\n' ? '\r\n' : end?.[0] === '\r' ? '\r' : '\n';
    return new Papa.Parser({ delimiter, newline });
  }

  #take(cells: readonly string[]): InputText[] {
    const line = this.#line;
    this.#line += 1 + cells.join('').split('\n').length - 1;
    if (this.#column === null) {
      const names = cells.map((cell) => cell.trim().toLowerCase());
      const key = TEXT_KEYS.find((one) => names.includes(one));
      if (key === undefined) {
        throw new FsaError('DATA', 'No column of the table is called text or sentence.', {
          where: this.place,
          advice: 'Give the column of the sentences that name in the first line.',
        });
      }
      this.#column = names.indexOf(key);
      return [];
    }
    if (cells.length === 1 && cells[0]?.trim() === '') return [];
    const text = cells[this.#column];
    if (text !== undefined) return [{ text, line }];
    throw new FsaError('DATA', 'The row has too few columns: its sentence is missing.', {
      where: `${this.name}:${line}`,
      advice: 'Put a cell that holds the delimiter in quotes.',
    });
  }
}
