/** Whether a frame's JSON is shallow and short enough to be parsed: counted byte by byte, before a value is made. */

/** Messages nest about eight levels deep. */
export const MOST_LEVELS = 32;
/** Entries of lists and objects: a message of a million tokens has about as many. */
export const MOST_ENTRIES = 4_000_000;

/** A frame of fewer bytes holds too little to stop the loop for long. */
const HARMLESS_BYTES = 64 * 1024;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** What is too much, with the limit; null where it may be parsed. Linear in the frame, and soon done with an endless one. */
export function findJsonExcess(frame: Uint8Array): string | null {
  if (frame.byteLength <= HARMLESS_BYTES) return null;
  let [levels, entries] = [0, 0];
  for (let at = 0; at < frame.byteLength; at++) {
    const byte = frame[at] ?? 0;
    if (byte === QUOTE) at = endOfText(frame, at);
    else if (CLOSING.has(byte)) levels -= 1;
    if (OPENING.has(byte)) levels += 1;
    else if (byte !== COMMA) continue;
    if (levels > MOST_LEVELS) return `the message is nested more than ${MOST_LEVELS} levels deep`;
    entries += 1;
    if (entries > MOST_ENTRIES) return `the message has more than ${MOST_ENTRIES} entries`;
  }
  return null;
}

/** The place of the quote that ends a text; that of the last byte where there is none. */
function endOfText(frame: Uint8Array, start: number): number {
  let at = frame.indexOf(QUOTE, start + 1);
  while (at !== -1 && isEscaped(frame, at)) at = frame.indexOf(QUOTE, at + 1);
  return at === -1 ? frame.byteLength - 1 : at;
}

function isEscaped(frame: Uint8Array, at: number): boolean {
  let first = at;
  while (frame[first - 1] === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}
