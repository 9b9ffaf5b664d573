/** Text whose UTF-8 was once read as windows-1252, as spreadsheets do with a file without a mark: `CafÃ©` for `Café`. */
import { isUtf8 } from 'node:buffer';

const LATIN = new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));
const BYTE_OF = new Map(Array.from(LATIN, (letter, byte) => [letter, byte] as const));

/** The first byte of a pair that UTF-8 has for a letter, and one that may follow it. */
const MAYBE = new RegExp(`[\u00c2-\u00f4][${LATIN.slice(0x80, 0xc0)}]`);
/** What comes out where it was so: letters, signs and emoji that people write, no chance pairs such as `ß“`. */
const WRITTEN =
  /^[\u0020-\u007e\s\u00a0-\u017f\u0370-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u1e00-\u1eff\u2000-\uffef]+$/u;

/** The text as it was before; null where it is not all of it of this kind. */
export function beforeSecondEncoding(text: string): string | null {
  if (!MAYBE.test(text)) return null;
  const bytes = Buffer.alloc(text.length);
  for (let at = 0; at < text.length; at++) {
    const byte = BYTE_OF.get(text.charAt(at));
    if (byte === undefined) return null;
    bytes[at] = byte;
  }
  if (!isUtf8(bytes)) return null;
  const before = bytes.toString('utf8');
  return WRITTEN.test(before.replace(/\p{Extended_Pictographic}/gu, '')) ? before : null;
}

/** In a sentence, with the first word that differs; null where nothing is wrong. */
export function describeTwiceEncoded(text: string): string | null {
  const before = beforeSecondEncoding(text);
  if (before === null) return null;
  const [words, others] = [text.split(/\s+/), before.split(/\s+/)];
  const at = words.findIndex((word, place) => word !== others[place]);
  return `${JSON.stringify(words[at])} looks like ${JSON.stringify(others[at])} in UTF-8 that was read as windows-1252`;
}
