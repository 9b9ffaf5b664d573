import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementOffsets, findJsonFault, lineAt, offsetOfPath } from '../../../src/data/formats/json-text.js';

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('findJsonFault', () => {
  it('agrees with JSON.parse on every text', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(findJsonFault(text)).toBeNull();
      }),
    );
    // Texts close to JSON: a character of valid JSON left out, put in or replaced.
    const nearly = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '\\', '0', '\n', 'e', '.'),
      )
      .map(([text, at, char]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + char + text.slice(place + (at % 2));
      });
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string()), (text) => {
        expect(findJsonFault(text) === null).toBe(parses(text));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['{"a": 1,}', 8],
    ['[1 2]', 3],
    ['{"a" 1}', 5],
    ['["open]', 1],
    ['[01]', 1],
    ['[1] x', 4],
    ['["\\x"]', 2],
    ['["a\nb"]', 3],
    ['[NaN]', 1],
    ['', 0],
  ])('points at the fault in %j', (text, offset) => expect(findJsonFault(text)?.offset).toBe(offset));

  it('does not run out of stack on deep nesting', () => {
    expect(findJsonFault('['.repeat(200_000) + ']'.repeat(200_000))).toBeNull();
    expect(findJsonFault('['.repeat(200_000))).toMatchObject({ offset: 200_000 });
  });
});

describe('places', () => {
  it('finds each element and each value again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
        fc.constantFrom(0, 2),
        (value, indent) => {
          const text = JSON.stringify(value, null, indent);
          const offsets = elementOffsets(text);
          expect(offsets.length).toBe(value.length);
          for (const [index, element] of value.entries()) {
            for (const [key, inner] of Object.entries(element)) {
              const offset = offsetOfPath(text, 0, [index, key]);
              expect(offsetOfPath(text, offsets[index]!, [key])).toBe(offset);
              const indented = JSON.stringify(inner, null, indent).replace(/\s/g, '');
              expect(text.slice(offset).replace(/\s/g, '').startsWith(indented)).toBe(true);
            }
          }
        },
      ),
    );
  });

  it('gives the place of the parent where a key is missing', () => {
    const text = '[\n {"a": {\n "b": 1}}]';
    expect(lineAt(text, offsetOfPath(text, 0, [0, 'a', 'b']))).toBe(3);
    expect(lineAt(text, offsetOfPath(text, 0, [0, 'c']))).toBe(2);
    expect(offsetOfPath(text, 0, [7])).toBe(0);
  });
});
