/** JSON objects with their lines: one a line, or the elements of a list, some at a time. */
import { FsaError } from '../../../errors.js';
import { isObject, type Json, nameOf } from '../../formats/json-values.js';
import { readRowJson } from '../../formats/row-json.js';
import { type Found, type ImportedRow, RowFault, rowOrReject } from '../row.js';
import { readText, rowsOfLines, type Source } from '../source.js';

/** An element longer than this is no row. */
const LONGEST_ELEMENT_UNITS = 64 * 1024 * 1024;

/** The rows of a file of JSON lines or of one JSON list. */
export function rowsOfObjects(
  source: Source,
  read: (value: Json, line: number) => ImportedRow | null,
): AsyncGenerator<Found[]> {
  const parse = (text: string, line: number): ImportedRow | null => read(parseObject(text), line);
  return source.head.trimStart().startsWith('[') ? rowsOfList(source, parse) : rowsOfLines(source, parse);
}

function parseObject(marked: string): Json {
  const text = marked.startsWith('\uFEFF') ? marked.slice(1) : marked;
  const read = readRowJson(text);
  if ('fault' in read) {
    const place = read.fault === 'json' && read.offset !== null ? `, at character ${read.offset + 1}` : '';
    throw new RowFault(`${read.message}${place}`);
  }
  const { value } = read;
  if (!isObject(value)) throw new RowFault(`an object should stand here, not ${nameOf(value)}`);
  return value;
}

async function* rowsOfList(
  source: Source,
  parse: (text: string, line: number) => ImportedRow | null,
): AsyncGenerator<Found[]> {
  const cutter = new ListCutter(source.path);
  for await (const piece of readText(source)) {
    const elements = cutter.push(piece);
    yield elements
      .map(({ text, line }) => rowOrReject(line, () => parse(text, line)))
      .filter((found) => found !== null);
  }
  cutter.end();
}

/** Cuts a JSON list into its elements by counting brackets outside strings. */
class ListCutter {
  /** Pieces of the element that is not whole yet; joined once, as it may be long. */
  #parts: string[] = [];
  #units = 0;
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  /** In a text or number that stands where an object should. */
  #inScalar = false;
  #line = 1;
  #startLine = 1;

  constructor(private readonly path: string) {}

  push(piece: string): { readonly text: string; readonly line: number }[] {
    const elements: { text: string; line: number }[] = [];
    let start = 0;
    const begin = (at: number): void => {
      [start, this.#startLine] = [at, this.#line];
    };
    const end = (at: number): void => {
      elements.push({ text: this.#parts.join('') + piece.slice(start, at), line: this.#startLine });
      [this.#parts, this.#units, this.#inScalar] = [[], 0, false];
    };
    for (let at = 0; at < piece.length; at++) {
      const char = piece.charAt(at);
      if (char === '\n') this.#line++;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (this.#inString) {
        if (char === '\\') this.#isEscaped = true;
        else if (char === '"') this.#inString = false;
      } else if (this.#depth === 0 && char !== '[') {
        if (!/\s/.test(char)) throw this.#afterEnd(char);
      } else if (char === '{' || char === '[') {
        this.#depth++;
        if (this.#depth === 2) begin(at);
      } else if (char === '}' || char === ']') {
        if (this.#inScalar) end(at);
        this.#depth--;
        if (this.#depth === 1) end(at + 1);
      } else {
        if (char === '"') this.#inString = true;
        if (this.#depth !== 1) continue;
        if (char === ',' && this.#inScalar) end(at);
        else if (!this.#inScalar && !/[\s,]/.test(char)) {
          begin(at);
          this.#inScalar = true;
        }
      }
    }
    if (this.#depth >= 2 || this.#inScalar) this.#keep(piece.slice(start));
    return elements;
  }

  #keep(part: string): void {
    this.#parts.push(part);
    this.#units += part.length;
    if (this.#units > LONGEST_ELEMENT_UNITS) throw this.#endless();
  }

  end(): void {
    if (this.#depth !== 0) throw this.#endless();
  }

  /** Files may be lists one after the other; anything else there would be lost. */
  #afterEnd(char: string): FsaError {
    return new FsaError('DATA', `Not JSON: ${JSON.stringify(char)} stands behind the end of the list.`, {
      where: `${this.path}:${this.#line}`,
      advice: 'Write one JSON list, or JSON lines without brackets around them.',
    });
  }

  #endless(): FsaError {
    return new FsaError('DATA', 'Not JSON: an element of the list is never closed.', {
      where: `${this.path}:${this.#startLine}`,
      advice: 'Fetch or export the file again: its end may be missing.',
    });
  }
}
