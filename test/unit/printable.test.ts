/** Foreign text is made printable in one place, and cannot act on a terminal wherever it comes out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FsaError } from '../../src/errors.js';
import { printable, printableJson, printableLine, withoutControls } from '../../src/printable.js';

/** What terminals act on: C0 and C1 controls, and marks that turn the reading direction around. */
const ACTS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;
const hostile = fc.string({ unit: 'binary', maxLength: 40 });

describe('printable text', () => {
  it('never acts on a terminal, whatever went in', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(printable(text)).not.toMatch(ACTS);
        expect(printableLine(text)).not.toMatch(/[\n\t]/);
        expect(printableLine(text)).not.toMatch(ACTS);
        expect(withoutControls(text)).not.toMatch(ACTS);
      }),
      { numRuns: 2000 },
    );
  });

  it('spells out what it found, so that the reader can see it', () => {
    expect(printable('\u001b]0;PWN\u0007\u009b31m\u202eab\n\tc\r')).toBe(
      '\\x1b]0;PWN\\x07\\x9b31m\\u202eab\n\tc\\r',
    );
    expect(printableLine('two\nlines')).toBe('two\\nlines');
  });

  it('leaves ordinary text of any language alone', () => {
    for (const text of ['naïve café', '餐厅 很好', 'मुझे पसंद है', '👩‍🍳 five stars', 'a\nb\tc']) {
      expect(printable(text)).toBe(text);
    }
  });

  it('is JSON that means the same, without a control character in it', () => {
    fc.assert(
      fc.property(fc.dictionary(hostile, hostile), (value) => {
        const text = printableJson(value);
        expect(text).not.toMatch(ACTS);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('is what every part of an error becomes when it is shown', () => {
    const esc = '\u001b]0;PWN\u0007';
    const error = new FsaError('DATA', `what ${esc}\nis`, {
      where: `${esc}.json\n:1`,
      advice: esc,
      problems: [`${esc}\n`],
    });
    expect(error.describe()).not.toMatch(ACTS);
    expect(error.describe().split('\n')).toHaveLength(3);
  });
});
