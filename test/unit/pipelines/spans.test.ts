import { expect, it } from 'vitest';
import { findSpans } from '../../../src/pipelines/predict/spans.js';

const at = (sentence: string, ...terms: (string | null)[]): unknown =>
  findSpans(
    terms.map((term) => ({ term, polarity: 'positive' })),
    sentence,
  );

it('counts characters, not UTF-16 units', () => {
  expect(at('🍷 wine', 'wine')).toEqual([{ from: 2, to: 6 }]);
});

it('prefers whole words, and gives a repeated term its next place as long as there is one', () => {
  expect(at('nice ice, ice', 'ice', 'ice', 'ice')).toEqual([
    { from: 5, to: 8 },
    { from: 10, to: 13 },
    { from: 10, to: 13 },
  ]);
  expect(at('nicely', 'ice')).toEqual([{ from: 1, to: 4 }]);
});

it('has no place for what is implicit, empty or not there', () => {
  expect(at('food', null, '', 'Food')).toEqual([null, null, null]);
});
