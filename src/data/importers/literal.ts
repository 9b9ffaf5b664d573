/** Python literals as data files hold them: lists, tuples, dicts, strings and numbers. Nothing is ever run. */
import { RowFault } from './row.js';

export type Literal =
  | string
  | number
  | boolean
  | null
  | readonly Literal[]
  | { readonly [key: string]: Literal };

const DEEPEST = 20;
const NUMBER = /[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/y;
const WORD = /None|True|False|nan/y;
const SPACES = /\s*/y;
/** What stands in a string for itself. */
const PLAIN = { "'": /[^'\\]*/y, '"': /[^"\\]*/y } as const;
type Quote = keyof typeof PLAIN;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  n: '\n',
  t: '\t',
  r: '\r',
  '\n': '',
};

/** @throws RowFault where the text is no literal */
export function readLiteral(text: string): Literal {
  const reader = new LiteralReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class LiteralReader {
  #at = 0;

  constructor(private readonly text: string) {}

  value(depth: number): Literal {
    const char = this.#peek();
    if (depth > DEEPEST) throw this.#fault('brackets lie too deep');
    if (char === '[') return this.#list(']', depth);
    if (char === '(') return this.#list(')', depth);
    if (char === '{') return this.#dict(depth);
    if (char === "'" || char === '"') return this.#string(char);
    return this.#word();
  }

  end(): void {
    if (this.#peek() !== '') throw this.#fault('something follows the end');
  }

  #peek(): string {
    this.#take(SPACES);
    return this.text.charAt(this.#at);
  }

  /** What matches from here on, and steps over it; empty where nothing does. @param pattern sticky */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #list(closer: string, depth: number): Literal[] {
    this.#at++;
    const values: Literal[] = [];
    while (this.#peek() !== closer) {
      values.push(this.value(depth + 1));
      this.#separator(closer);
    }
    this.#at++;
    return values;
  }

  #dict(depth: number): Record<string, Literal> {
    this.#at++;
    const entries: [string, Literal][] = [];
    while (this.#peek() !== '}') {
      const quote = this.#peek();
      if (quote !== "'" && quote !== '"') throw this.#fault('a quoted key should stand here');
      const key = this.#string(quote);
      if (this.#peek() !== ':') throw this.#fault('":" should stand after the key');
      this.#at++;
      entries.push([key, this.value(depth + 1)]);
      this.#separator('}');
    }
    this.#at++;
    return Object.fromEntries(entries);
  }

  #separator(closer: string): void {
    const char = this.#peek();
    if (char === ',') this.#at++;
    else if (char !== closer) throw this.#fault(`"," or "${closer}" should stand here`);
  }

  #string(quote: Quote): string {
    this.#at++;
    let value = this.#take(PLAIN[quote]);
    for (; this.text.charAt(this.#at) === '\\'; value += this.#take(PLAIN[quote])) {
      value += this.#escape();
      this.#at++;
    }
    if (this.text.charAt(this.#at) === '') throw this.#fault('a string is never closed');
    this.#at++;
    return value;
  }

  #escape(): string {
    const hex = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;
    hex.lastIndex = this.#at;
    const found = hex.exec(this.text);
    if (found !== null) {
      const code = Number.parseInt(found[1] ?? found[2] ?? found[3] ?? '', 16);
      if (code > 0x10_ffff) throw this.#fault('an escape names no character');
      this.#at += found[0].length - 1;
      return String.fromCodePoint(code);
    }
    const next = this.text.charAt(this.#at + 1);
    const meant = ESCAPES[next];
    // Python leaves the backslash of an escape that it does not know.
    if (meant === undefined) return '\\';
    this.#at++;
    return meant;
  }

  #word(): Literal {
    const number = this.#take(NUMBER);
    if (number !== '') return Number(number);
    const word = this.#take(WORD);
    if (word === '') throw this.#fault('a value should stand here');
    return word === 'True' ? true : word === 'False' ? false : null;
  }

  #fault(what: string): RowFault {
    return new RowFault(`the annotation cannot be read: ${what}, at character ${this.#at + 1} of it`);
  }
}

/**
 * Rows of strings whose quotes nobody escaped (`['L'ambiance', 'food']`): the fields still stand between
 * `', '`. Null where that does not give `fields` strings for every row.
 */
export function recoverStrings(text: string, fields: number): string[][] | null {
  const inner = /^\s*\[\s*[[(]\s*['"](.*)['"]\s*[\])]\s*\]\s*$/s.exec(text)?.[1];
  if (inner === undefined) return null;
  const rows = inner.split(/['"]\s*[\])]\s*,\s*[[(]\s*['"]/).map((row) => row.split(/['"]\s*,\s*['"]/));
  return rows.every((row) => row.length === fields) ? rows : null;
}
