import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { POLARITIES } from '../../../src/tasks/vocabulary.js';
import { scoreSentences, scoreSubsets } from '../../../src/scoring/metrics.js';
import { taskNamed } from '../../../src/tasks/registry.js';
import type { Counting, DuplicateRule, SubsetName, TaskName } from '../../../src/tasks/vocabulary.js';

const parsePrediction = (text: string, of: string, task: TaskName) => taskNamed(task).parse(text, of);

/** Rows whose gold is what its target says. */
interface Row {
  sentence: string;
  gold: string;
  prediction: string;
}
const withTuples = <R extends Row>(rows: readonly R[], task: TaskName) =>
  rows.map((row) => ({ ...row, goldTuples: parsePrediction(row.gold, row.sentence, task).tuples }));
const score = (rows: readonly Row[], task: TaskName, duplicates?: DuplicateRule, counting?: Counting) =>
  scoreSentences(withTuples(rows, task), { task, duplicates, counting });
const scoreParts = (rows: readonly (Row & { subsets: readonly SubsetName[] })[], task: TaskName) =>
  scoreSubsets(withTuples(rows, task), { task });

const sentence = 'The soup was cold but the terrace shone';

describe('parsePrediction', () => {
  it.each([
    ['', 0, 0],
    ['   ', 0, 0],
    ['soup | negative', 1, 0],
    ['soup|negative;terrace  |  positive', 2, 0],
    ['Soup | negative', 0, 1],
    ['soup | bad', 0, 1],
    ['soup | Negative', 0, 1],
    ['soup', 0, 1],
    ['soup | negative | positive', 0, 1],
    ['soup | negative ;', 1, 1],
    ['waiter | negative ; terrace | conflict', 1, 1],
  ])('%j has %i pairs and %i malformed pieces', (text, pairs, malformed) => {
    const parsed = parsePrediction(text, sentence, 'atsa');
    expect([parsed.tuples.length, parsed.malformed]).toEqual([pairs, malformed]);
  });

  it('asks nothing of a category but its polarity', () => {
    expect(parsePrediction('food quality | negative', sentence, 'acsa').tuples).toEqual([
      { category: 'food quality', polarity: 'negative' },
    ]);
  });

  it('reads back what was written, and takes any text', () => {
    const word = fc.stringMatching(/^[a-z]([a-z ]*[a-z])?$/);
    const pair = fc.record({ category: word, polarity: fc.constantFrom(...POLARITIES) });
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1 }), (pairs) => {
        const text = pairs.map(({ category, polarity }) => `${category} | ${polarity}`).join(' ; ');
        expect(parsePrediction(text, '', 'acsa')).toMatchObject({ tuples: pairs, malformed: 0 });
      }),
    );
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, of) => {
        const { tuples, malformed } = parsePrediction(text, of, 'atsa');
        const pieces = text.trim() === '' ? 0 : text.split(';').length;
        expect(tuples.length + malformed).toBe(pieces);
        expect(tuples.every(({ term }) => of.includes(term!))).toBe(true);
      }),
    );
  });
});

describe('scoreSentences', () => {
  const twice = [
    { sentence, gold: 'soup | negative', prediction: 'soup | negative ; soup | negative ; soup | neutral' },
  ];

  it('counts a repeated pair each time, or once', () => {
    expect(score(twice, 'atsa', 'each')).toMatchObject({
      correct: 2,
      predicted: 3,
      precision: 2 / 3,
    });
    expect(score(twice, 'atsa', 'once')).toMatchObject({ correct: 1, predicted: 2, precision: 0.5 });
    expect(score(twice, 'atsa').duplicates).toBe('each');
  });

  it('counts repeated gold pairs for recall', () => {
    const rows = [
      { sentence, gold: 'soup | negative ; soup | negative ; terrace | positive', prediction: '' },
    ];
    const found = rows.map((row) => ({ ...row, prediction: 'soup | negative' }));
    expect(score(found, 'atsa')).toMatchObject({ recall: 2 / 3, precision: 1, gold: 3, correct: 1 });
    expect(score(found, 'atsa', 'once')).toMatchObject({ recall: 0.5, gold: 2 });
    expect(score(rows, 'atsa')).toMatchObject({ precision: null, recall: 0, f1: 0 });
  });

  it('is null where there is nothing to find and nothing is found; the published count says 1', () => {
    const none = [{ sentence, gold: '', prediction: '' }];
    expect(score(none, 'atsa')).toMatchObject({ f1: null, recall: null, precision: null, gold: 0 });
    expect(score([], 'acsa')).toMatchObject({ f1: null, sentences: 0 });
    expect(score(none, 'atsa', 'each', 'published')).toMatchObject({ f1: 1, recall: 1, precision: 1 });
  });

  it('counts gold that cannot be written, and finds no part of it', () => {
    const row = {
      sentence: 'The R&amp;B music; loud',
      gold: 'R&amp;B music | negative',
      prediction: 'B music | negative',
    };
    const goldTuples = [{ term: 'R&amp;B music', polarity: 'negative' }];
    const rows = [
      { ...row, goldTuples },
      { ...row, goldTuples, prediction: row.gold },
    ];
    expect(scoreSentences(rows, { task: 'atsa' })).toMatchObject({ correct: 0, gold: 2, f1: 0 });
    // The published count takes `B music` for the gold.
    expect(scoreSentences(rows, { task: 'atsa', counting: 'published' })).toMatchObject({
      correct: 2,
      gold: 2,
    });
  });

  it('does not let a pair of one sentence answer for another', () => {
    const rows = [
      { sentence, gold: 'soup | negative', prediction: '' },
      { sentence, gold: '', prediction: 'soup | negative' },
    ];
    expect(score(rows, 'atsa')).toMatchObject({ correct: 0, f1: 0 });
  });

  it('leaves out subsets without sentences', () => {
    const rows = twice.map((row) => ({ ...row, subsets: ['all', 'test'] as const }));
    expect(Object.keys(scoreParts(rows, 'atsa'))).toEqual(['all', 'test']);
    expect(scoreParts(rows, 'atsa').all).toEqual(score(rows, 'atsa'));
  });

  it('is symmetric: swapping gold and prediction swaps precision and recall', () => {
    const text = fc
      .array(fc.constantFrom('soup | negative', 'soup | neutral', 'terrace | positive'))
      .map((pieces) => pieces.join(' ; '));
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), fc.constantFrom('each', 'once'), (pairs, rule) => {
        const forth = score(
          pairs.map(([gold, prediction]) => ({ sentence, gold, prediction })),
          'atsa',
          rule,
        );
        const back = score(
          pairs.map(([prediction, gold]) => ({ sentence, gold, prediction })),
          'atsa',
          rule,
        );
        expect([forth.precision, forth.recall]).toEqual([back.recall, back.precision]);
      }),
    );
  });
});
