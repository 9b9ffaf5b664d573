/** In which encoding a foreign file is, by its bytes, its declaration, and what was said of it. */
import { TextDecoder } from 'node:util';
import { FsaError } from '../../errors.js';
import { markOfUtf16, zeroBytesOfUtf16 } from '../formats/bytes.js';

/** UTF-16 by its byte-order mark, or without one by the zero bytes that its Latin letters have; else null. */
export function wideEncodingOf(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  return markOfUtf16(bytes) ?? zeroBytesOfUtf16(bytes);
}

/**
 * What the XML declaration names; null where there is none, or it says UTF-16: it could not be read as it stands
 * here if that were so.
 */
export function declaredIn(bytes: Buffer): string | null {
  const declaration = /^(?:\ufeff)?\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/;
  const label = declaration.exec(bytes.toString('utf8'))?.[1] ?? null;
  return label === null || isWide(nameEncoding(label)) ? null : label;
}

/** The Encoding Standard's own name for a label. @throws FsaError USAGE for one that nobody knows */
export function nameEncoding(label: string): string {
  try {
    return new TextDecoder(label).encoding;
  } catch (cause) {
    throw new FsaError('USAGE', `There is no encoding ${JSON.stringify(label)}.`, {
      advice: 'Name it as the Encoding Standard does: utf-8, windows-1252, iso-8859-15, shift_jis, gb18030.',
      cause,
    });
  }
}

const isWide = (name: string): boolean => name.startsWith('utf-16');

/** Whether bytes in this encoding could be taken for UTF-8, and are not UTF-8 by what was said already. */
export function canBeUtf8(name: string): boolean {
  return name !== 'utf-8' && !isWide(name);
}

/**
 * Whether the bytes are UTF-8 from beginning to end, with letters that no other encoding has there. Text in another
 * one is hardly ever UTF-8 by chance: each of its letters beyond ASCII would have to stand in a pair that fits.
 */
export async function isUtf8Throughout(pieces: AsyncIterable<Uint8Array>): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let [bytes, units] = [0, 0];
  for await (const piece of pieces) {
    const text = decodeOrNull(decoder, piece);
    if (text === null) return false;
    bytes += piece.length;
    units += text.length;
  }
  return decodeOrNull(decoder, null) !== null && units < bytes;
}

function decodeOrNull(decoder: TextDecoder, piece: Uint8Array | null): string | null {
  try {
    return piece === null ? decoder.decode() : decoder.decode(piece, { stream: true });
  } catch {
    return null;
  }
}
