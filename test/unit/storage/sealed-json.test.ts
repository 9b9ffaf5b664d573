/** Seals over values and over texts: both are believed, and neither survives a change. */
import { expect, it } from 'vitest';
import { readSealedText, seal, toSealedText } from '../../../src/storage/sealed-json.js';

const value = {
  schema: 1,
  absent: undefined,
  text: 'a\n"sha256": "b" \ud800',
  cells: [{ f1: 0.1 }],
  sha: null,
};
const kept = JSON.parse(JSON.stringify(value)) as object;

it('is written a key a line and read back, whichever seal it has', () => {
  expect(readSealedText(toSealedText(value))).toEqual(kept);
  const jsons = Object.fromEntries(Object.entries(kept).map(([key, one]) => [key, JSON.stringify(one)]));
  expect(toSealedText(value, jsons)).toBe(toSealedText(value));
  expect(toSealedText(value).split('\n')).toHaveLength(8);
  for (const spaces of [0, 2]) expect(readSealedText(JSON.stringify(seal(kept), null, spaces))).toEqual(kept);
});

it('tells an edit, a cut and a seal that is not there', () => {
  const text = toSealedText(value);
  expect(readSealedText(text.replace('0.1', '0.2'))).toBeNull();
  expect(readSealedText(text.replace('"schema": 1', '"schema":  1'))).toBeNull();
  expect(readSealedText(JSON.stringify(seal(kept)).replace('0.1', '0.2'))).toBeNull();
  expect(readSealedText(JSON.stringify(kept))).toBeNull();
  expect(() => readSealedText(text.slice(0, -2))).toThrow(SyntaxError);
});
