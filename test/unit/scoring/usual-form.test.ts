import { describe, expect, it } from 'vitest';
import { tellApart } from '../../../src/printable.js';
import { inUsualForm, toUsualForm, tuplesOfOtherForm } from '../../../src/scoring/usual-form.js';

const row = (sentence: string, ...terms: string[]) => ({
  sentence,
  gold: terms.map((term) => `${term} | negative`).join(' ; '),
  goldTuples: terms.map((term) => ({ term, polarity: 'negative' })),
});

describe('the usual form', () => {
  it.each([
    ['delete  key', 'delete key'],
    ['plastic\u00a0pieces', 'plastic pieces'],
    ['\u0e19\u0e33', '\u0e19\u0e4d\u0e32'],
    ['cafe\u0301', 'caf\u00e9'],
    ['ﬁlm', 'film'],
    ['no\u200bbreak', 'no break'],
    [' tab\tand\u0007 bell ', 'tab and bell'],
  ])('of %j is %j, and stays as it is', (text, form) => {
    expect(toUsualForm(text)).toBe(form);
    expect(toUsualForm(form)).toBe(form);
  });

  it('tells the gold that only it loses from what no target can say, and from what survives', () => {
    const rows = row('cafe\u0301 soup fresh; food', 'cafe\u0301', 'soup', 'fresh; food');
    expect(tuplesOfOtherForm(rows, { task: 'atsa' })).toEqual([{ term: 'cafe\u0301', polarity: 'negative' }]);
    // A bar of full width becomes one that splits.
    expect(tuplesOfOtherForm(row('a｜b', 'a｜b'), { task: 'atsa' })).toHaveLength(1);
    expect(tuplesOfOtherForm(row('soup', 'soup'), { task: 'atsa' })).toEqual([]);
  });

  it('is taken by both sides, whichever has the other one', () => {
    const { sentence, goldTuples, prediction } = inUsualForm({
      ...row('a cafe\u0301', 'cafe\u0301'),
      prediction: [{ term: 'caf\u00e9', polarity: 'negative' }],
    });
    expect(sentence).toBe('a caf\u00e9');
    expect(goldTuples).toEqual(prediction);
  });
});

it('spells out what looks like something else, and nothing that reads as it is', () => {
  expect(tellApart('a\u00a0b', 'a b')).toEqual(['"a\\u{a0}b"', '"a b"']);
  expect(tellApart('屏幕 é', ' e\u0301')).toEqual(['"屏幕 é"', '" e\\u{301}"']);
});
