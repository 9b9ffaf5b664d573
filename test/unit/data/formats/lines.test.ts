import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Line, splitLines } from '../../../../src/data/formats/lines.js';

/** Bytes with line ends of both kinds, marks, blank lines, long characters and such as are no UTF-8. */
const bytes = fc
  .array(
    fc.oneof(
      fc
        .constantFrom('\n', '\r\n', ' \n', '\uFEFF', 'a', 'ü', '寿', '😍', '\u2028')
        .map((text) => Buffer.from(text)),
      fc.uint8Array({ minLength: 1, maxLength: 2 }).map((raw) => Buffer.from(raw)),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.concat(parts));

async function* inPieces(content: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [...cuts.map((cut) => cut % (content.length + 1)), content.length].sort((a, b) => a - b);
  let start = 0;
  for (const place of places) {
    yield await Promise.resolve(content.subarray(start, place));
    start = place;
  }
}

/** Line by line, byte by byte. */
function linesOf(content: Buffer): Line[] {
  const found: Line[] = [];
  let [start, number] = [0, 0];
  while (start < content.length) {
    const end = content.indexOf(0x0a, start);
    const line = content.subarray(start, end === -1 ? content.length : end);
    start = end === -1 ? content.length : end + 1;
    number++;
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
      const plain = text.replace(/^\uFEFF/, '').replace(/\r$/, '');
      if (plain.trim() !== '') found.push({ text: plain, number });
    } catch {
      found.push({ text: null, number });
    }
  }
  return found;
}

it('gives the same lines however the bytes come', async () => {
  await fc.assert(
    fc.asyncProperty(bytes, fc.array(fc.nat(), { maxLength: 6 }), async (content, cuts) => {
      const found: Line[] = [];
      for await (const lines of splitLines(inPieces(content, cuts), 'file')) found.push(...lines);
      expect(found).toEqual(linesOf(content));
    }),
  );
});
