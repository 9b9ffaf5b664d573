/** The text that identities and seals are made of: what is hashed must never change. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hashValue, toCanonicalJson } from '../../../src/storage/digest.js';

/** By way of a copy, as it was first written. */
function withPairs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPairs);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  const keys = Object.keys(fields).sort();
  return keys.map((key) => [key, withPairs(fields[key])]);
}

it('is the JSON of the pairs of every object in the order of their keys', () => {
  const values = fc.oneof(fc.jsonValue(), fc.object({ withNullPrototype: true, withDate: true }));
  fc.assert(
    fc.property(values, (value) => {
      expect(toCanonicalJson(value)).toBe(JSON.stringify(withPairs(value)));
    }),
  );
  const odd = { b: undefined, a: [undefined, Number.NaN, -0, 1e21], 'ä"': { d: new Date(0), c: null } };
  expect(toCanonicalJson(odd)).toBe(JSON.stringify(withPairs(odd)));
});

it('gives the digests that folders of earlier versions have', () => {
  expect(toCanonicalJson({ epoch: 3, devF1: 0.5 })).toBe('[["devF1",0.5],["epoch",3]]');
  expect(hashValue({ a: [1, { c: null, b: 'x' }] })).toBe(hashValue({ a: [1, { b: 'x', c: null }] }));
});
