/**
 * JSON that tells whether it is what was written: the last key is the SHA-256 of what stands before it. It finds
 * rot, cuts and edits by hand; it is no signature, since anyone can compute it.
 */
import type { Hash } from 'node:crypto';
import { hashBytes, hashValue } from './digest.js';

const SEAL = 'sha256';

/** The object with a seal of its values, whatever the order of its keys and the spaces between them. */
export function seal<T extends object>(value: T): T & { readonly sha256: string } {
  return { ...value, [SEAL]: hashValue(value) };
}

/** The object without its seal; null where the seal is missing or does not fit. */
export function unseal(value: unknown): Record<string, unknown> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { [SEAL]: found, ...rest } = value as Record<string, unknown>;
  return found === hashValue(rest) ? rest : null;
}

/**
 * A file's text with a seal of the text itself: who reads it parses it once. A line for each key.
 * @param jsons of values that are there already, by their keys
 */
export function toSealedText(value: object, jsons: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries(value).flatMap(([key, inner]) => {
    const json = (jsons[key] ?? JSON.stringify(inner)) as string | undefined;
    return json === undefined ? [] : [`${JSON.stringify(key)}: ${json}`];
  });
  const text = `{\n${lines.join(',\n')}`;
  return `${text}${sealOf(hashBytes(text))}`;
}

/** What ends the text of an object whose keys before it have gone through the hash, from its first brace on. */
export function sealOfText(hash: Hash): string {
  return sealOf(hash.digest('hex'));
}

function sealOf(sha256: string): string {
  return `${BEFORE_SEAL}${sha256}${AFTER_SEAL}`;
}

const BEFORE_SEAL = `,\n"${SEAL}": "`;
const AFTER_SEAL = '"\n}\n';
const SEAL_LENGTH = BEFORE_SEAL.length + 64 + AFTER_SEAL.length;

/**
 * The object of a sealed text, of either seal, without it; null where the seal is missing or does not fit.
 * @throws SyntaxError where it is no JSON
 */
export function readSealedText(text: string): Record<string, unknown> | null {
  const end = text.length - SEAL_LENGTH;
  const isOfText = text.startsWith(BEFORE_SEAL, end);
  const value: unknown = JSON.parse(text);
  if (!isOfText) return unseal(value);
  const { [SEAL]: found, ...rest } = value as Record<string, unknown>;
  return found === hashBytes(text.slice(0, end)) ? rest : unseal(value);
}

/**
 * The values of a sealed text by key, as JSON that nobody has parsed yet; null where it is no text of `toSealedText`
 * or its seal does not fit.
 */
export function readSealedLines(bytes: Buffer): ReadonlyMap<string, Buffer> | null {
  const end = bytes.length - SEAL_LENGTH;
  if (end < 0) return null;
  const found = bytes.toString('latin1', end + BEFORE_SEAL.length, end + BEFORE_SEAL.length + 64);
  if (found !== hashBytes(bytes.subarray(0, end))) return null;
  const lines = new Map<string, Buffer>();
  // Breaks stand between the values alone: JSON writes those of texts as \n.
  for (let begin = bytes.indexOf('\n') + 1; begin > 0 && begin < end; ) {
    const lineBreak = bytes.indexOf('\n', begin);
    const stop = lineBreak < 0 || lineBreak > end ? end : lineBreak - 1;
    const colon = bytes.indexOf('": ', begin);
    if (colon < 0 || colon > stop) return null;
    lines.set(bytes.toString('utf8', begin + 1, colon), bytes.subarray(colon + 3, stop));
    begin = stop === end ? end : lineBreak + 1;
  }
  return lines;
}
