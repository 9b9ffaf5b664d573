/**
 * A key that stands twice in one object: JSON.parse takes the last value and says nothing. Whether there is one is told
 * by counting, in a fraction of the time of the parse; where it stands is looked for only then.
 */
import { endOfString, skipSpace } from './json-text.js';

export interface RepeatedKey {
  readonly key: string;
  /** Where it stands the second time, in UTF-16 units. */
  readonly offset: number;
}

/**
 * @param value what JSON.parse made of the text
 * @returns the first key that an object holds twice; null where none does
 */
export function findRepeatedKey(text: string, value: unknown): RepeatedKey | null {
  // Each key is followed by a colon; so may be an escaped quote in a string, which the second look tells apart.
  return countQuotedColons(text) === countKeys(value) ? null : lookForRepeatedKey(text);
}

const COLON = ':';
const QUOTE = 0x22;
const LAST_SPACE = 0x20;

/** Colons behind a quote, with white space between them or not. */
function countQuotedColons(text: string): number {
  let count = 0;
  for (let at = text.indexOf(COLON); at !== -1; at = text.indexOf(COLON, at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) <= LAST_SPACE) before--;
    if (text.charCodeAt(before) === QUOTE) count++;
  }
  return count;
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) if (typeof item === 'object') count += countKeys(item);
    return count;
  }
  for (const key in value) {
    count++;
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner === 'object') count += countKeys(inner);
  }
  return count;
}

/** The text must be valid JSON. Never recurses. */
function lookForRepeatedKey(text: string): RepeatedKey | null {
  const open: (Set<string> | null)[] = [];
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, at)) {
    const char = text[at];
    if (char !== '"') {
      if (char === '{') open.push(new Set());
      else if (char === '[') open.push(null);
      else if (char === '}' || char === ']') open.pop();
      at++;
      continue;
    }
    const start = at;
    const end = endOfString(text, start);
    if (typeof end !== 'number') return null;
    at = end;
    const keys = open.at(-1);
    if (keys == null || text[skipSpace(text, end)] !== COLON) continue;
    const key = JSON.parse(text.slice(start, end)) as string;
    if (keys.has(key)) return { key, offset: start };
    keys.add(key);
  }
  return null;
}

/** What is wrong, without its place. */
export function repeatedKeyWords({ key }: RepeatedKey): string {
  return `the key ${JSON.stringify(key)} stands twice in one object: only the last value would count`;
}
