/** The lines of predictions.jsonl are put together from bytes: they are those that JSON.stringify writes. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { GoldRow } from '../../../src/pipelines/eval/datasets.js';
import { toPredictionLines } from '../../../src/pipelines/eval/prediction-lines.js';
import { nastyTexts } from '../../helpers/nasty-texts.js';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', ',', '\n', '\u2028', 'é', '\ud800', '😀', 'a') }),
);
const row = fc.record({
  id: text,
  review: fc.option(text, { nil: undefined }),
  sentence: text,
  gold: text,
  text,
});

function cellOf(rows: readonly Partial<GoldRow>[]): Parameters<typeof toPredictionLines>[0] {
  const test = rows.map((one) => ({ ...one, goldTuples: [{ term: one.gold }], subsets: ['all', 'test'] }));
  return { label: 'a cell', dataset: { test } } as never;
}

it('are those of the rows and the texts, for one cell of a dataset as for the next', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
      const gold = rows.map(({ text: _text, ...one }) => one);
      const cell = cellOf(gold);
      for (const texts of [rows.map(({ text: said }) => said), rows.map(() => '')]) {
        const lines = cell.dataset.test.map(
          ({ id, review, sentence, gold: target, goldTuples, subsets }, index) => {
            const before = { id, review, sentence, gold: target, goldTuples };
            return `${JSON.stringify({ ...before, text: texts[index], subsets })}\n`;
          },
        );
        expect(toPredictionLines(cell, texts).toString()).toBe(lines.join(''));
      }
    }),
    { numRuns: 1000 },
  );
});

it('hold whatever a model writes', () => {
  const texts = nastyTexts(300);
  const cell = cellOf(texts.map((_, index) => ({ id: `${index}`, sentence: 's', gold: 'g' })));
  const lines = toPredictionLines(cell, texts).toString().split('\n').slice(0, -1);
  expect(lines.map((line) => (JSON.parse(line) as { text: string }).text)).toEqual(texts);
});

it('are refused where there is not a text for each row', () => {
  expect(() => toPredictionLines(cellOf([{ id: '1' }]), [])).toThrow('gave 0 texts for 1 test sentences');
});
