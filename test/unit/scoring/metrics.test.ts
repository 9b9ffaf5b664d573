import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { POLARITIES } from '../../../src/tasks/vocabulary.js';
import { scoreSentences, scoreSubsets } from '../../../src/scoring/metrics.js';
import { parsePrediction } from '../../../src/tasks/parse-target.js';

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
    expect([parsed.pairs.length, parsed.malformed]).toEqual([pairs, malformed]);
  });

  it('asks nothing of a category but its polarity', () => {
    expect(parsePrediction('food quality | negative', sentence, 'acsa').pairs).toEqual([
      { aspect: 'food quality', polarity: 'negative' },
    ]);
  });

  it('reads back what was written, and takes any text', () => {
    const word = fc.stringMatching(/^[a-z]([a-z ]*[a-z])?$/);
    const pair = fc.record({ aspect: word, polarity: fc.constantFrom(...POLARITIES) });
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1 }), (pairs) => {
        const text = pairs.map(({ aspect, polarity }) => `${aspect} | ${polarity}`).join(' ; ');
        expect(parsePrediction(text, '', 'acsa')).toEqual({ pairs, malformed: 0 });
      }),
    );
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, of) => {
        const { pairs, malformed } = parsePrediction(text, of, 'atsa');
        const pieces = text.trim() === '' ? 0 : text.split(';').length;
        expect(pairs.length + malformed).toBe(pieces);
        expect(pairs.every((pair) => of.includes(pair.aspect))).toBe(true);
      }),
    );
  });
});

describe('scoreSentences', () => {
  const twice = [
    { sentence, gold: 'soup | negative', prediction: 'soup | negative ; soup | negative ; soup | neutral' },
  ];

  it('counts a repeated pair each time, or once', () => {
    expect(scoreSentences(twice, 'atsa', 'each')).toMatchObject({
      correct: 2,
      predicted: 3,
      precision: 2 / 3,
    });
    expect(scoreSentences(twice, 'atsa', 'once')).toMatchObject({ correct: 1, predicted: 2, precision: 0.5 });
    expect(scoreSentences(twice, 'atsa').duplicates).toBe('each');
  });

  it('counts repeated gold pairs for recall', () => {
    const rows = [
      { sentence, gold: 'soup | negative ; soup | negative ; terrace | positive', prediction: '' },
    ];
    const found = rows.map((row) => ({ ...row, prediction: 'soup | negative' }));
    expect(scoreSentences(found, 'atsa')).toMatchObject({ recall: 2 / 3, precision: 1, gold: 3, correct: 1 });
    expect(scoreSentences(found, 'atsa', 'once')).toMatchObject({ recall: 0.5, gold: 2 });
    expect(scoreSentences(rows, 'atsa')).toMatchObject({ precision: 1, recall: 0, f1: 0 });
  });

  it('is perfect where there is nothing to find and nothing is found', () => {
    expect(scoreSentences([{ sentence, gold: '', prediction: '' }], 'atsa')).toMatchObject({
      f1: 1,
      gold: 0,
    });
    expect(scoreSentences([], 'acsa')).toMatchObject({ f1: 1, sentences: 0 });
  });

  it('does not let a pair of one sentence answer for another', () => {
    const rows = [
      { sentence, gold: 'soup | negative', prediction: '' },
      { sentence, gold: '', prediction: 'soup | negative' },
    ];
    expect(scoreSentences(rows, 'atsa')).toMatchObject({ correct: 0, f1: 0 });
  });

  it('leaves out subsets without sentences', () => {
    const rows = twice.map((row) => ({ ...row, subsets: ['all', 'test'] as const }));
    expect(Object.keys(scoreSubsets(rows, 'atsa'))).toEqual(['all', 'test']);
    expect(scoreSubsets(rows, 'atsa').all).toEqual(scoreSentences(rows, 'atsa'));
  });

  it('is symmetric: swapping gold and prediction swaps precision and recall', () => {
    const text = fc
      .array(fc.constantFrom('soup | negative', 'soup | neutral', 'terrace | positive'))
      .map((pieces) => pieces.join(' ; '));
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), fc.constantFrom('each', 'once'), (pairs, rule) => {
        const forth = scoreSentences(
          pairs.map(([gold, prediction]) => ({ sentence, gold, prediction })),
          'atsa',
          rule,
        );
        const back = scoreSentences(
          pairs.map(([prediction, gold]) => ({ sentence, gold, prediction })),
          'atsa',
          rule,
        );
        expect([forth.precision, forth.recall]).toEqual([back.recall, back.precision]);
      }),
    );
  });
});
