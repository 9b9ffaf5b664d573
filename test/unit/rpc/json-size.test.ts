import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonExcess, MOST_ENTRIES, MOST_LEVELS } from '../../../src/rpc/json-size.js';

/** Frames that are long enough to be looked at. */
const PADDING = ' '.repeat(64 * 1024);
const excessOf = (json: string): string | null => findJsonExcess(Buffer.from(`${json}${PADDING}`));

describe('findJsonExcess', () => {
  it('counts as deep as a parser would, whatever stands in texts', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 3 }),
        fc.nat(60),
        fc.string({ unit: fc.constantFrom('[', ']', '"', '\\', ',', 'x') }),
        (inner, levels, text) => {
          const value = Array.from({ length: levels }).reduce<unknown>((around) => [text, around], inner);
          expect(excessOf(JSON.stringify(value)) === null).toBe(depthOf(value) <= MOST_LEVELS);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('names the limit that is passed', () => {
    expect(excessOf('['.repeat(MOST_LEVELS))).toBeNull();
    expect(excessOf('['.repeat(MOST_LEVELS + 1))).toBe('the message is nested more than 32 levels deep');
    expect(excessOf(`[${'0,'.repeat(MOST_ENTRIES - 1)}0]`)).toBeNull();
    expect(excessOf(`[${'0,'.repeat(MOST_ENTRIES)}0]`)).toBe('the message has more than 4000000 entries');
  });
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
