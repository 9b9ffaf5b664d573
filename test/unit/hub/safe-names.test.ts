import { resolve, sep, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkNames, unsafeNameReason } from '../../../src/hub/api/safe-names.js';

describe('a file name from the network', () => {
  it.each([
    'config.json',
    'a/b/c.json',
    '.gitattributes',
    'données/é.json',
    'a b.json',
    'v1..2.json',
    'コーパス.json',
  ])('is taken as it is: %s', (name) => expect(unsafeNameReason(name)).toBe(null));

  it.each([
    ['', /empty/],
    ['/a', /absolute/],
    ['..', /leaves its folder/],
    ['a/../../b', /leaves its folder/],
    ['./a', /leaves its folder/],
    ['a//b', /empty folder/],
    ['a/', /empty folder/],
    ['a\\b', /backslash/],
    ['C:\\a', /backslash/],
    ['C:a', /not every system/],
    ['a:stream', /not every system/],
    ['a\0', /not every system/],
    ['a\u001b[2J', /not every system/],
    ['a?', /not every system/],
    ['a\u009b31m', /terminals/],
    ['a\u202ex', /terminals/],
    ['CON', /reserved/],
    ['sub/nul.json', /reserved/],
    ['lpt9.txt', /reserved/],
    ['com¹', /reserved/],
    ['a.', /dot or a space/],
    ['a /b', /dot or a space/],
    ['x'.repeat(256), /too long/],
    ['é'.repeat(128), /too long/],
    ['a/'.repeat(600) + 'a', /longer than/],
    ['a\ud800', /Unicode/],
  ])('is refused: %j', (name, reason) => expect(unsafeNameReason(name)).toMatch(reason));

  it('stays below its folder by the rules of every system, whatever it is', () => {
    const piece = fc.oneof(
      fc.constantFrom('..', '.', '/', '\\', ':', 'C:', 'nul', 'a', 'b.json', '~', '%2e%2e', '\0', ' '),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const name = pieces.join('');
        if (unsafeNameReason(name) !== null) return;
        expect(resolve('/root/folder', name).startsWith(`/root/folder${sep}`)).toBe(true);
        expect(win32.resolve('C:\\root\\folder', name).startsWith('C:\\root\\folder\\')).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the names of a selection', () => {
  it.each([
    [['a.json', 'A.json'], /falls on the same file/],
    // One composed, one decomposed.
    [['\u00e9.json', 'e\u0301.json'], /falls on the same file/],
    [['a', 'a/b'], /lies under "a", which is a file/],
    [['A', 'a/b/c'], /lies under "A", which is a file/],
    [['a', 'a'], /falls on the same file/],
  ])('are refused together: %j', (names, message) => {
    expect(() => checkNames(names, 'here')).toThrow(
      expect.objectContaining({ problems: [expect.stringMatching(message)] }),
    );
  });

  it('are fine when they are fine', () =>
    expect(() => checkNames(['a/b', 'a/c', 'ab'], 'here')).not.toThrow());
});
