/** Where words stand in a text. Offsets of the outside count code points; JavaScript counts UTF-16 units. */
import { type Span, RowFault } from './row.js';

const SURROGATE = /[\ud800-\udfff]/;

/** The code points before a UTF-16 index. */
export function codePointsBefore(text: string, index: number): number {
  if (!SURROGATE.test(text)) return index;
  let count = 0;
  for (let at = 0; at < index; count++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return count;
}

/** The text between two code points, or null where they lie outside. */
export function sliceCodePoints(text: string, from: number, to: number): string | null {
  if (from < 0 || to < from) return null;
  if (!SURROGATE.test(text)) return to > text.length ? null : text.slice(from, to);
  const points = Array.from(text);
  return to > points.length ? null : points.slice(from, to).join('');
}

/** The span between two UTF-16 indices. */
export function spanAt(text: string, start: number, end: number): Span {
  return {
    text: text.slice(start, end),
    from: codePointsBefore(text, start),
    to: codePointsBefore(text, end),
  };
}

/** The first place of words in a text from a UTF-16 index on; offsets are null where they do not occur. */
export function findSpan(text: string, words: string, after = 0): Span {
  const start = text.indexOf(words, after);
  return start === -1 ? { text: words, from: null, to: null } : spanAt(text, start, start + words.length);
}

/**
 * White space of Python, whose `split` and `strip` made these files: NEL and the separators of files and records are
 * some, U+FEFF inside a text is none.
 */
const SPACE = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
const TOKEN = new RegExp(`[^${SPACE}]+`, 'g');
const END = new RegExp(`[${SPACE}]+$`);
const EDGES = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, 'g');

/** UTF-16 bounds of the words between white space. */
export function tokenBounds(text: string): (readonly [start: number, end: number])[] {
  return Array.from(text.matchAll(TOKEN), ({ index, 0: token }) => [index, index + token.length] as const);
}

/** A text without white space at its end. */
export function stripEnd(text: string): string {
  return text.replace(END, '');
}

/** A text without white space around it. */
export function strip(text: string): string {
  return text.replaceAll(EDGES, '');
}

/** The span of tokens `first` to before `end`. @throws RowFault where the text has no such tokens */
export function spanOfTokens(
  text: string,
  tokens: readonly (readonly [number, number])[],
  first: number,
  end: number,
): Span {
  const [from, to] = [tokens[first], tokens[end - 1]];
  if (first >= end) throw new RowFault(`the span ${first},${end} holds no word`);
  if (from === undefined || to === undefined) {
    throw new RowFault(`the span ${first},${end} leaves the sentence, which has ${tokens.length} words`);
  }
  return spanAt(text, from[0], to[1]);
}

/**
 * A span whose offsets a file states. Offsets that miss their words are repaired by a named rule, told to
 * `note`: the text's own case, UTF-16 units, bytes of UTF-8, CRLF line ends, the nearest place
 * of the words.
 * @param said the words as the file has them; undefined where it has offsets alone
 * @throws RowFault where offsets alone lie outside the text
 */
export function placeSpan(
  text: string,
  said: string | undefined,
  from: number,
  to: number,
  note: (name: string) => void,
): Span {
  const there = sliceCodePoints(text, from, to);
  if (said === undefined || said === '') {
    if (there === null || there === '') {
      throw new RowFault(
        `the offsets ${from}-${to} leave the text, which has ${Array.from(text).length} characters`,
      );
    }
    return { text: there, from, to };
  }
  if (there === said) return { text: said, from, to };
  if (there?.toLowerCase() === said.toLowerCase()) {
    note('offset-case');
    return { text: there, from, to };
  }
  if (text.slice(from, to) === said) {
    note('offset-utf16');
    return spanAt(text, from, to);
  }
  const counted = inBytes(text, said, from);
  if (counted !== null) {
    note('offset-utf8');
    return counted;
  }
  const shifted = withoutCarriageReturns(text, said, from);
  if (shifted !== null) {
    note('offset-crlf');
    return shifted;
  }
  return nearestSpan(text, said, from, note);
}

/** An offset that was counted in bytes of UTF-8, as readers of bytes (Go, Rust) count. */
function inBytes(text: string, said: string, from: number): Span | null {
  const bytes = Buffer.from(text);
  if (bytes.length === text.length || from > bytes.length) return null;
  const before = bytes.toString('utf8', 0, from).length;
  return said !== '' && text.startsWith(said, before) && Buffer.byteLength(text.slice(0, before)) === from
    ? spanAt(text, before, before + said.length)
    : null;
}

/** Offsets that were counted in a text whose lines end with CRLF where this one has LF. */
function withoutCarriageReturns(text: string, said: string, from: number): Span | null {
  if (!text.includes('\n') || text.includes('\r')) return null;
  const original = Array.from(text.replaceAll('\n', '\r\n'));
  const before = original.slice(0, from).join('').replaceAll('\r\n', '\n');
  const words = said.replaceAll('\r\n', '\n');
  return text.startsWith(words, before.length)
    ? spanAt(text, before.length, before.length + words.length)
    : null;
}

function nearestSpan(text: string, said: string, from: number, note: (name: string) => void): Span {
  let best = -1;
  for (let at = text.indexOf(said); at !== -1 && said !== ''; at = text.indexOf(said, at + 1)) {
    if (best === -1 || Math.abs(at - from) < Math.abs(best - from)) best = at;
  }
  if (best === -1) return { text: said, from: null, to: null };
  note('offset-moved');
  return spanAt(text, best, best + said.length);
}

/** The words of a text that are `words` when white space is left out; null where there are none. */
export function findWithoutSpaces(text: string, words: string): Span | null {
  const places: number[] = [];
  let packed = '';
  for (let at = 0; at < text.length; at++) {
    const unit = text.charAt(at);
    if (/\s/.test(unit)) continue;
    places.push(at);
    packed += unit;
  }
  const wanted = words.replaceAll(/\s/g, '');
  const found = wanted === '' ? -1 : packed.indexOf(wanted);
  const [start, last] = [places[found], places[found + wanted.length - 1]];
  return start === undefined || last === undefined ? null : spanAt(text, start, last + 1);
}

/** Whether a file's word stands for an implicit element. */
export function isImplicit(word: string | null | undefined): word is null | undefined {
  return word === null || word === undefined || word.trim() === '' || word.trim().toUpperCase() === 'NULL';
}

/** The span of a term or an opinion that a file has as words alone; null for an implicit one. */
export function spanOfWords(
  text: string,
  words: string | null,
  name: string,
  notes: Set<string>,
): Span | null {
  if (isImplicit(words)) return null;
  const trimmed = strip(words);
  if (trimmed !== words) notes.add(`${name}-trimmed`);
  const span = findSpan(text, trimmed);
  if (standsTwice(text, trimmed)) notes.add('several-places');
  return span;
}

/** Whether words stand in a text in more places than one. */
export function standsTwice(text: string, words: string): boolean {
  return text.indexOf(words) !== text.lastIndexOf(words);
}
