/** Where things stand in a JSON text: JSON.parse tells values, not places. */

/** A path inside a JSON value: object keys and array indices. */
export type JsonPath = readonly (string | number)[];

export interface JsonFault {
  /** Index into the text, in UTF-16 units. */
  readonly offset: number;
  readonly message: string;
}

const NUMBER_OR_WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\d.])|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The first place where a text is not JSON (RFC 8259); null where it is. Never recurses. */
export function findJsonFault(text: string): JsonFault | null {
  const closers: string[] = [];
  let state: 'value' | 'first-value' | 'key' | 'first-key' | 'next' = 'value';
  let at = 0;
  for (;;) {
    at = skipSpace(text, at);
    const char = text[at];
    const closer = closers.at(-1);
    if (state === 'next') {
      if (closer === undefined) {
        return char === undefined ? null : { offset: at, message: 'something follows the end of the value' };
      }
      if (char === ',') state = closer === '}' ? 'key' : 'value';
      else if (char === closer) closers.pop();
      else return { offset: at, message: `"," or "${closer}" should stand here, not ${shown(char)}` };
      at++;
    } else if ((state === 'first-value' && char === ']') || (state === 'first-key' && char === '}')) {
      closers.pop();
      state = 'next';
      at++;
    } else if (state === 'key' || state === 'first-key') {
      if (char !== '"') return { offset: at, message: `a quoted key should stand here, not ${shown(char)}` };
      const end = endOfString(text, at);
      if (typeof end !== 'number') return end;
      at = skipSpace(text, end);
      if (text[at] !== ':')
        return { offset: at, message: `":" should stand after the key, not ${shown(text[at])}` };
      at++;
      state = 'value';
    } else if (char === '{' || char === '[') {
      closers.push(char === '{' ? '}' : ']');
      state = char === '{' ? 'first-key' : 'first-value';
      at++;
    } else if (char === '"') {
      const end = endOfString(text, at);
      if (typeof end !== 'number') return end;
      at = end;
      state = 'next';
    } else {
      NUMBER_OR_WORD.lastIndex = at;
      if (!NUMBER_OR_WORD.test(text)) return { offset: at, message: explainWord(text, at) };
      at = NUMBER_OR_WORD.lastIndex;
      state = 'next';
    }
  }
}

const FOREIGN_WORD = /-?(?:NaN|Infinity|undefined|None|True|False)\b/y;

function explainWord(text: string, at: number): string {
  FOREIGN_WORD.lastIndex = at;
  const word = FOREIGN_WORD.exec(text)?.[0];
  if (word === undefined) return `a value should stand here, not ${shown(text[at])}`;
  return `${word} is no JSON: write ${/^[TF]/.test(word) ? word.toLowerCase() : 'null'}`;
}

function shown(char: string | undefined): string {
  return char === undefined ? 'the end of the text' : JSON.stringify(char);
}

/** Index after the closing quote of the string that opens at `start`, or what is wrong with it. */
export function endOfString(text: string, start: number): number | JsonFault {
  let at = start + 1;
  for (;;) {
    const code = text.charCodeAt(at);
    if (Number.isNaN(code)) return { offset: start, message: 'this string is never closed' };
    if (code < 0x20)
      return { offset: at, message: 'a line break or control character stands inside a string' };
    if (code === 0x22) return at + 1;
    if (code === 0x5c) {
      ESCAPE.lastIndex = at;
      if (!ESCAPE.test(text)) return { offset: at, message: 'this backslash starts no known escape' };
      at = ESCAPE.lastIndex;
    } else at++;
  }
}

export function skipSpace(text: string, start: number): number {
  let at = start;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
}

/** Offsets of the elements of the array that opens at `start`. The text must be valid JSON. */
export function elementOffsets(text: string, start = 0): number[] {
  const offsets: number[] = [];
  let at = skipSpace(text, skipSpace(text, start) + 1);
  while (at < text.length && text[at] !== ']') {
    offsets.push(at);
    at = skipSpace(text, endOfValue(text, at));
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return offsets;
}

/**
 * Offset of the value at a path below the value at `start`; where the path leads nowhere (a missing
 * key), the offset of the last value that is there. The text must be valid JSON.
 */
export function offsetOfPath(text: string, start: number, path: JsonPath): number {
  let at = skipSpace(text, start);
  for (const step of path) {
    const next = typeof step === 'number' ? elementOffsets(text, at)[step] : memberOffset(text, at, step);
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

function memberOffset(text: string, object: number, key: string): number | undefined {
  if (text[object] !== '{') return undefined;
  let found: number | undefined;
  let at = skipSpace(text, object + 1);
  while (text[at] === '"') {
    const keyEnd = endOfValue(text, at);
    const name: unknown = JSON.parse(text.slice(at, keyEnd));
    const value = skipSpace(text, skipSpace(text, keyEnd) + 1);
    // Of repeated keys the last one counts, as for JSON.parse.
    if (name === key) found = value;
    at = skipSpace(text, endOfValue(text, value));
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return found;
}

/** Index after the value that starts at `start`, in valid JSON. */
export function endOfValue(text: string, start: number): number {
  let at = start;
  let depth = 0;
  do {
    const char = text[at];
    if (char === '"') {
      const end = endOfString(text, at);
      if (typeof end !== 'number') return text.length;
      at = end;
    } else if (char === '{' || char === '[') {
      depth++;
      at++;
    } else if (char === '}' || char === ']') {
      depth--;
      at++;
    } else if (char === undefined) return text.length;
    else if (depth === 0) {
      NUMBER_OR_WORD.lastIndex = at;
      return NUMBER_OR_WORD.test(text) ? NUMBER_OR_WORD.lastIndex : text.length;
    } else at++;
  } while (depth > 0);
  return at;
}

/** 1-based line of an offset, counted from a place whose line is known. */
export function lineAt(text: string, offset: number, from = { offset: 0, line: 1 }): number {
  let line = from.line;
  for (let at = text.indexOf('\n', from.offset); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++;
  }
  return line;
}
