/** Texts that were scored before: what is kept of them is theirs alone, and bounded. */
import { expect, it } from 'vitest';
import { KnownTexts } from '../../../src/scoring/known-texts.js';
import { scoreSentences, scoreTexts } from '../../../src/scoring/metrics.js';
import { scoreTestRows, scoreTestTexts } from '../../../src/scoring/score-test.js';

const goldTuples = [{ term: 'soup', polarity: 'negative' }];
const row = { sentence: 'The soup was cold', gold: 'soup | negative', goldTuples };

/** A split of one row, and what was made of its texts. */
function oneRow(): { readonly ask: (text: string, rule?: string) => number; readonly made: string[] } {
  const [known, rows, made] = [new KnownTexts<number>(), [row], [] as string[]];
  const ask = (text: string, rule = 'each'): number =>
    known.valuesOf(rows, [text], [rule], (_, asked) => made.push(asked))[0] ?? 0;
  return { ask, made };
}

it('are looked at once for each row and rule', () => {
  const { ask, made } = oneRow();
  expect(['x', 'x', 'y', 'x', row.gold, row.gold].map((text) => ask(text))).toEqual([1, 1, 2, 1, 3, 3]);
  expect(ask('x', 'once')).toBe(4);
  expect(made).toEqual(['x', 'y', row.gold, 'x']);
});

it('are kept apart by split and by row', () => {
  const known = new KnownTexts<string>();
  const look = (rows: readonly { readonly gold: string }[]): string[] =>
    known.valuesOf(
      rows,
      rows.map(() => 'x'),
      [],
      ({ gold }, text) => `${gold} ${text}`,
    );
  expect(look([{ gold: 'a' }, { gold: 'b' }])).toEqual(['a x', 'b x']);
  expect(look([{ gold: 'c' }])).toEqual(['c x']);
});

it('that come and go do not pile up', () => {
  const { ask, made } = oneRow();
  for (let text = 0; text < 100; text += 1) ask(`text ${text}`);
  ask('text 99');
  expect(made).toHaveLength(100);
  ask('text 50');
  expect(made).toHaveLength(101);
});

it('are not driven out by texts like no other while they are asked for', () => {
  const { ask, made } = oneRow();
  for (let text = 0; text < 100; text += 1) {
    ask('usual');
    ask(`text ${text}`);
  }
  expect(made.filter((text) => text === 'usual')).toHaveLength(1);
});

it('give the figures that new ones give, under whatever rule was asked for in between', () => {
  const texts = ['soup | negative', 'soup | positive', 'soup | negative ; soup | negative', '', 'soup'];
  const rows = texts.map(() => ({ ...row, subsets: ['all' as const] }));
  const predicted = rows.map((one, index) => ({ ...one, prediction: texts[index] ?? '' }));
  for (const duplicates of ['each', 'once', 'each'] as const) {
    for (const counting of [undefined, 'field', 'published'] as const) {
      const rules = { task: 'atsa', duplicates, counting } as const;
      expect(scoreTexts(rows, texts, rules)).toEqual(scoreSentences(predicted, rules));
      expect(scoreTestTexts(rows, texts, rules)).toEqual(scoreTestRows(predicted, rules));
    }
  }
  expect(scoreTexts(rows, texts, { task: 'atsa' })).toMatchObject({ correct: 3, predicted: 4, gold: 5 });
  expect(scoreTexts(rows, texts, { task: 'atsa', duplicates: 'once' })).toMatchObject({ predicted: 3 });
});
