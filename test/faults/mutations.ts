/** Ways in which a file that was right goes wrong: cut, overwritten, with pieces that readers trip over. */
import fc from 'fast-check';

/** Pieces that readers trip over, among them what acts on a terminal. */
const NASTY = [
  ...['\u001b]0;PWN\u0007', '\u009b31m', '\u202e', '\u0000', '\ufeff', '\r', '\n', '\t', '\ud800', '💥'],
  ...['NaN', 'Infinity', '-0', '1e999', '9007199254740993', '1267081518403440641', '0x10', '1e-400'],
  ...[
    'null',
    'true',
    '[]',
    '{}',
    '""',
    '"',
    "'",
    '[',
    ']',
    '{',
    '}',
    ':',
    ',',
    '|',
    ';',
    '#',
    '-',
    '? ',
    '&a',
    '*a',
  ],
  ...[
    '"__proto__"',
    '"constructor"',
    '__proto__:',
    '!!binary',
    '<<:',
    '../../x',
    '[[[[[[[[',
    '{"a":{"a":{"a":',
  ],
];

/** Bytes made a little wrong. */
export type Mutation = (bytes: Buffer) => Buffer;

export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(...NASTY)).map(
    ([at, piece]): Mutation =>
      (bytes) => {
        const place = Math.floor(at * bytes.length);
        return Buffer.concat([bytes.subarray(0, place), Buffer.from(piece), bytes.subarray(place)]);
      },
  ),
  fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)).map(
    ([at, byte]): Mutation =>
      (bytes) => {
        const changed = Buffer.from(bytes);
        if (changed.length > 0) changed[Math.min(changed.length - 1, Math.floor(at * changed.length))] = byte;
        return changed;
      },
  ),
  fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(40)).map(
    ([at, count]): Mutation =>
      (bytes) => {
        const place = Math.floor(at * bytes.length);
        return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + count)]);
      },
  ),
  fc.double({ min: 0, max: 1, noNaN: true }).map(
    (at): Mutation =>
      (bytes) =>
        bytes.subarray(0, Math.floor(at * bytes.length)),
  ),
  // A value of the text in the place of another.
  fc.tuple(fc.nat(1000), fc.constantFrom(...NASTY)).map(
    ([pick, piece]): Mutation =>
      (bytes) => {
        const text = bytes.toString('utf8');
        const values = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null/g)];
        const value = values[pick % Math.max(1, values.length)];
        if (value === undefined) return bytes;
        return Buffer.from(text.slice(0, value.index) + piece + text.slice(value.index + value[0].length));
      },
  ),
);

export function mutated(good: string, mutations: readonly Mutation[]): Buffer {
  return mutations.reduce<Buffer>((bytes, mutate) => mutate(bytes), Buffer.from(good));
}
