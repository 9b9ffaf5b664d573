/** Records of a table in RFC 4180's form, with the lines they start on; quotes may hold line breaks. */
import Papa from 'papaparse';
import { FsaError } from '../../../errors.js';
import { readText, type Source } from '../source.js';

export interface TableRecord {
  readonly cells: readonly string[];
  readonly line: number;
}

/** A record longer than this comes of a quote that nobody closed. */
const LONGEST_RECORD_UNITS = 4 * 1024 * 1024;

interface Parsed {
  readonly data: string[][];
  readonly errors: readonly { readonly type: string; readonly code: string }[];
  readonly meta: { readonly cursor: number };
}

/** @throws FsaError DATA with file and line where a quote is never closed, or bytes are no UTF-8 */
export async function* readRecords(source: Source, delimiter: string): AsyncGenerator<TableRecord[]> {
  const parser = new Papa.Parser({ delimiter, newline: newlineOf(source.head) });
  let rest = '';
  let line = 1;
  const take = (last: boolean): TableRecord[] => {
    const parsed = parser.parse(rest, 0, !last) as Parsed;
    if (last && parsed.errors.some(({ code }) => code === 'MissingQuotes'))
      throw openQuote(source.path, line);
    rest = rest.slice(parsed.meta.cursor);
    return parsed.data.map((cells) => {
      const record = { cells, line };
      line += 1 + countBreaks(cells);
      return record;
    });
  };
  for await (const text of readText(source)) {
    rest += text;
    yield take(false);
    if (rest.length > LONGEST_RECORD_UNITS) throw openQuote(source.path, line);
  }
  if (rest !== '') yield take(true);
}

function openQuote(path: string, line: number): FsaError {
  return new FsaError('DATA', 'A quoted cell is never closed.', {
    where: `${path}:${line}`,
    advice:
      'A quote inside a quoted cell is written twice; name another format with --from where this is no CSV.',
  });
}

/** The line end of the first line outside quotes. */
function newlineOf(head: string): '\r\n' | '\n' | '\r' {
  const first = /\r\n|\n|\r/.exec(head)?.[0];
  return first === '\r\n' || first === '\r' ? first : '\n';
}

function countBreaks(cells: readonly string[]): number {
  let breaks = 0;
  for (const cell of cells) {
    for (let at = cell.indexOf('\n'); at !== -1; at = cell.indexOf('\n', at + 1)) breaks++;
  }
  return breaks;
}

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** The delimiter that cuts the header into the most columns. */
export function delimiterOf(head: string): string {
  const header = head.replaceAll(/"(?:[^"]|"")*"/g, '').split(/[\r\n]/, 1)[0] ?? '';
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: header.split(delimiter).length }));
  return counts.reduce((most, next) => (next.count > most.count ? next : most)).delimiter;
}

/** The column names of a table. */
export function headerOf(head: string, delimiter: string): string[] {
  const parsed = new Papa.Parser({ delimiter, newline: newlineOf(head), preview: 1 }).parse(
    head,
    0,
    false,
  ) as Parsed;
  return (parsed.data[0] ?? []).map((name) => name.trim());
}
