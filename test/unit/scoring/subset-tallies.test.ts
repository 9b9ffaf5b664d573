/** Rows that are added up by the subsets they share: each subset has the figures it would have alone, in the same order. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { analyseSubsets } from '../../../src/scoring/analysis/analyse.js';
import { scoreSubsets, type SubsetRow } from '../../../src/scoring/metrics.js';
import { scoreTestRows, scoreTestTexts } from '../../../src/scoring/score-test.js';
import { SUBSETS } from '../../../src/tasks/vocabulary.js';

const pair = fc
  .tuple(fc.constantFrom('food', 'service', 'prices'), fc.constantFrom('positive', 'neutral', 'negative'))
  .map((parts) => parts.join(' | '));
const said = fc.oneof(pair, fc.constantFrom('', 'food', 'food | great', 'air | positive'));
const someRows = fc.array(
  fc.record({
    gold: fc.uniqueArray(pair, { maxLength: 3 }),
    said: fc.array(said, { maxLength: 3 }),
    subsets: fc.subarray([...SUBSETS], { minLength: 1 }),
  }),
  { minLength: 1, maxLength: 12 },
);

function toRow(gold: readonly string[], prediction: string, subsets: SubsetRow['subsets']): SubsetRow {
  const goldTuples = gold.map((one) => {
    const [category = '', polarity = ''] = one.split(' | ');
    return { category, polarity };
  });
  return { sentence: 'The soup was cold', gold: gold.join(' ; '), goldTuples, prediction, subsets };
}

it('are those of the subset alone', () => {
  const cases = fc.record({ rows: someRows, duplicates: fc.constantFrom('each' as const, 'once' as const) });
  fc.assert(
    fc.property(cases, ({ rows: made, duplicates }) => {
      const rules = { task: 'acsa', duplicates } as const;
      const rows = made.map(({ gold, said, subsets }) => toRow(gold, said.join(' ; '), subsets));
      const scores = scoreTestRows(rows, rules);
      expect(JSON.stringify(scores.subsets)).toBe(JSON.stringify(scoreSubsets(rows, rules)));
      for (const subset of SUBSETS) {
        const alone = rows
          .filter(({ subsets }) => subsets.includes(subset))
          .map((row) => ({ ...row, subsets: ['all'] as const }));
        const { all } = analyseSubsets(alone, rules);
        expect(JSON.stringify(scores.analysis[subset])).toBe(JSON.stringify(all));
      }
    }),
    { numRuns: 300 },
  );
});

it('stay right however many categories a model makes up', () => {
  const rules = { task: 'acsa' } as const;
  const rows = Array.from({ length: 10 }, (_, index) =>
    toRow([`thing ${index} | positive`], '', ['all', 'test']),
  );
  for (let round = 0; round < 60; round += 1) {
    // One comes again and again, also of those that come late.
    const texts = rows.map(({ gold }, index) => {
      const invented = index === 5 ? `often ${Math.floor(round / 20)}` : `once ${round} ${index}`;
      return `${gold} ; ${invented} | positive`;
    });
    const predicted = rows.map((row, index) => ({ ...row, prediction: texts[index] ?? '' }));
    expect(scoreTestTexts(rows, texts, rules)).toEqual(scoreTestRows(predicted, rules));
  }
});
