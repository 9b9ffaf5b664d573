/** A table in RFC 4180's form (commas, semicolons, tabs or bars) as records, with flat memory. */
import Papa from 'papaparse';
import { FsaError } from '../../errors.js';
import { decodePieces } from './bytes.js';

export interface TableRecord {
  readonly cells: readonly string[];
  /** 1-based: where the record starts; quotes may hold line breaks. */
  readonly line: number;
}

export interface TableOptions {
  /** For messages. */
  readonly name: string;
  /** The one that cuts the header into the most columns unless said otherwise. */
  readonly delimiter?: string | undefined;
  /** What to do about bytes that are no UTF-8. */
  readonly encodingAdvice?: string;
}

/**
 * The records that are not blank, some at a time, the header among them.
 * @param pieces UTF-8, with or without a byte-order mark
 * @throws FsaError DATA with file and line where a quote is never closed, or bytes are no UTF-8
 */
export async function* readRecords(
  pieces: AsyncIterable<Uint8Array>,
  { name, delimiter, encodingAdvice }: TableOptions,
): AsyncGenerator<TableRecord[]> {
  const table = new RecordReader(name, delimiter);
  for await (const text of decodePieces(pieces, name, encodingAdvice)) yield table.push(text, false);
  yield table.push('', true);
}

/** A record longer than this comes of a quote that nobody closed. */
const LONGEST_RECORD_UNITS = 4 * 1024 * 1024;

interface Parsed {
  readonly data: string[][];
  readonly errors: readonly { readonly code: string }[];
  readonly meta: { readonly cursor: number };
}

/** Cuts text into records; keeps what has no end yet. */
class RecordReader {
  #rest = '';
  #line = 1;
  #break = '\n';
  #newline: '\r\n' | '\n' | '\r' = '\n';
  #delimiter = ',';
  #waitFor = 0;
  #parser: { parse(text: string, from: number, more: boolean): unknown } | null = null;

  constructor(
    private readonly name: string,
    private readonly delimiter: string | undefined,
  ) {}

  push(text: string, last: boolean): TableRecord[] {
    this.#rest += text;
    // A record that began long ago is looked for again once there is twice as much of it.
    if (!last && this.#rest.length < Math.min(this.#waitFor, LONGEST_RECORD_UNITS)) return [];
    if (this.#parser !== null) this.#rest = this.#inOneBreak(this.#rest);
    // Delimiter and line end are known once the header is there.
    if (this.#parser === null && (last || HEADER_END.test(this.#rest))) this.#begin();
    if (this.#parser === null) {
      this.#waitFor = 2 * this.#rest.length;
      if (this.#rest.length > LONGEST_RECORD_UNITS) throw endlessHeader(this.name);
    }
    if (this.#parser === null || this.#rest === '') return [];
    const parsed = this.#parser.parse(this.#rest, 0, !last) as Parsed;
    this.#rest = this.#rest.slice(parsed.meta.cursor);
    this.#waitFor = parsed.data.length === 0 ? 2 * this.#rest.length : 0;
    const records = parsed.data.map((cells) => {
      const record = { cells, line: this.#line };
      this.#line += 1 + countOf(this.#break, cells);
      return record;
    });
    if (
      this.#rest.length > LONGEST_RECORD_UNITS ||
      parsed.errors.some(({ code }) => code === 'MissingQuotes')
    ) {
      // At the end the open record is there, too: it swallowed all that follows its quote.
      throw openQuote(this.name, last ? (records.at(-1)?.line ?? this.#line) : this.#line);
    }
    return records.filter(({ cells }) => cells.length > 1 || cells[0]?.trim() !== '');
  }

  #begin(): void {
    const newline = newlineOf(this.#rest);
    this.#break = newline === '\r' ? '\r' : '\n';
    this.#delimiter = this.delimiter ?? delimiterOf(this.#rest);
    this.#parser = new Papa.Parser({ delimiter: this.#delimiter, newline });
    this.#newline = newline;
    this.#rest = this.#inOneBreak(this.#rest);
  }

  /** Files that were joined end their lines in two ways; the parser knows one. @param text from a record's start */
  #inOneBreak(text: string): string {
    const isMixed = { '\n': /\r\n/, '\r\n': /(?:^|[^\r])\n/, '\r': /\n/ }[this.#newline];
    if (!isMixed.test(text)) return text;
    const stop = `\\u${this.#delimiter.charCodeAt(0).toString(16).padStart(4, '0')}`;
    const [quoted, bare] = ['"(?:[^"]|"")*(?:"|$)', `[^${stop}\\r\\n]+`];
    const cell = new RegExp(`(?:${quoted}(?:${bare})?|${bare})|(\\r\\n|\\n)|\\r|${stop}`, 'g');
    return text.replaceAll(cell, (part, end: string | undefined) =>
      end === undefined ? part : this.#newline,
    );
  }
}

/** The end of the first line that is not blank; a lone CR at the end may be half a CRLF. */
const HEADER_END = /[^\r\n](?:\n|\r(?!$))/;

function endlessHeader(name: string): FsaError {
  return new FsaError('DATA', 'The first line, which should name the columns, has no end.', {
    where: `${name}:1`,
    advice: 'Where this is no table, name its format (--from).',
  });
}

function openQuote(name: string, line: number): FsaError {
  return new FsaError('DATA', 'A quoted cell is never closed.', {
    where: `${name}:${line}`,
    advice: 'A quote inside a quoted cell is written twice; where this is no table, name its format.',
  });
}

/** The line end of the first line. */
function newlineOf(head: string): '\r\n' | '\n' | '\r' {
  const first = /\r\n|\n|\r/.exec(head)?.[0];
  return first === '\r\n' || first === '\r' ? first : '\n';
}

function countOf(sign: string, cells: readonly string[]): number {
  let found = 0;
  for (const cell of cells) {
    for (let at = cell.indexOf(sign); at !== -1; at = cell.indexOf(sign, at + 1)) found++;
  }
  return found;
}

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** The delimiter that cuts the header into the most columns. */
export function delimiterOf(head: string): string {
  const unquoted = head.replace(/^[\r\n]+/, '').replaceAll(/"(?:[^"]|"")*"/g, '');
  const header = unquoted.split(/[\r\n]/, 1)[0] ?? '';
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: header.split(delimiter).length }));
  return counts.reduce((most, next) => (next.count > most.count ? next : most)).delimiter;
}

/** The column names of a table. */
export function headerOf(head: string, delimiter: string): string[] {
  const text = head.replace(/^[\r\n]+/, '');
  const parser = new Papa.Parser({ delimiter, newline: newlineOf(text), preview: 1 });
  return ((parser.parse(text, 0, false) as Parsed).data[0] ?? []).map((name) => name.trim());
}

/**
 * Where the column of this name stands; -1 where there is none.
 * @param where for messages
 * @throws FsaError DATA where two bear the name: which one is meant nobody can tell
 */
export function placeOfColumn(names: readonly string[], name: string, where: string): number {
  const place = names.indexOf(name);
  if (names.lastIndexOf(name) === place) return place;
  throw new FsaError('DATA', `Two columns are called ${JSON.stringify(name)}.`, {
    where,
    advice: 'Give one of them another name in the first line.',
  });
}
