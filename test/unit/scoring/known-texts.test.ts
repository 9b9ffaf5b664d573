/** Texts that were scored before: what is kept of them is theirs alone, and bounded. */
import { expect, it } from 'vitest';
import { analyseSubsets } from '../../../src/scoring/analysis/analyse.js';
import { KnownTexts } from '../../../src/scoring/known-texts.js';
import { scoreSentences } from '../../../src/scoring/metrics.js';

const goldTuples = [{ term: 'soup', polarity: 'negative' }];
const row = { sentence: 'The soup was cold', gold: 'soup | negative', goldTuples };

it('are looked at once for each sentence, gold and rule', () => {
  const known = new KnownTexts<number>();
  let made = 0;
  const valueOf = (asked: object, rule = 'each'): number =>
    known.valueOf({ ...row, prediction: 'x', ...asked }, [rule], () => (made += 1));
  expect([valueOf({}), valueOf({}), valueOf({ prediction: 'y' }), valueOf({})]).toEqual([1, 1, 2, 1]);
  // The same list of gold under another sentence, or another rule.
  expect(valueOf({ sentence: 'No soup' })).toBe(3);
  expect(valueOf({}, 'once')).toBe(4);
  expect(valueOf({ prediction: [{ term: 'soup' }] })).toBe(5);
  expect(valueOf({ prediction: [{ term: 'soup' }] })).toBe(6);
});

it('that come and go do not pile up', () => {
  const known = new KnownTexts<number>();
  const made: string[] = [];
  const ask = (prediction: string): number =>
    known.valueOf({ ...row, prediction }, [], () => made.push(prediction));
  for (let text = 0; text < 100; text += 1) ask(`text ${text}`);
  ask('text 99');
  expect(made).toHaveLength(100);
  ask('text 0');
  expect(made).toHaveLength(101);
});

it('are not driven out by texts like no other while they are asked for', () => {
  const known = new KnownTexts<number>();
  const made: string[] = [];
  const ask = (prediction: string): number =>
    known.valueOf({ ...row, prediction }, [], () => made.push(prediction));
  for (let text = 0; text < 100; text += 1) {
    ask('usual');
    ask(`text ${text}`);
  }
  expect(made.filter((text) => text === 'usual')).toHaveLength(1);
});

it('give the same figures the second time, under whatever rule was asked for in between', () => {
  const rows = ['soup | negative', 'soup | positive', 'soup | negative ; soup | negative', ''].map(
    (prediction) => ({
      ...row,
      prediction,
      subsets: ['all' as const],
    }),
  );
  const look = (duplicates: 'each' | 'once', counting?: 'field') => [
    scoreSentences(rows, { task: 'atsa', duplicates, counting }),
    analyseSubsets(rows, { task: 'atsa', duplicates }),
  ];
  const first = structuredClone([look('each'), look('once'), look('each', 'field')]);
  expect([look('each'), look('once'), look('each', 'field')]).toEqual(first);
  expect(first[0]?.[0]).toMatchObject({ correct: 3, predicted: 4, gold: 4 });
  expect(first[1]?.[0]).toMatchObject({ correct: 2, predicted: 3, gold: 4 });
});
