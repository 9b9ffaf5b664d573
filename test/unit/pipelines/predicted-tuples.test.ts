import { expect, it } from 'vitest';
import { readTuples } from '../../../src/pipelines/predict/read-tuples.js';
import { POLARITIES } from '../../../src/tasks/vocabulary.js';

it('a piece without words is malformed: no tuple has an empty term', () => {
  expect(readTuples('atsa', '| negative ; soup | positive', 'The soup', POLARITIES)).toEqual({
    tuples: [{ term: 'soup', polarity: 'positive', from: 4, to: 8 }],
    malformed: 1,
  });
  expect(readTuples('acsa', ' | negative', 'The soup', POLARITIES)).toEqual({ tuples: [], malformed: 1 });
  expect(readTuples('aste', 'soup |  | positive', 'The soup', POLARITIES)).toEqual({
    tuples: [],
    malformed: 1,
  });
});

it('what is implicit stays', () => {
  expect(readTuples('tasd', 'NULL | service general | negative', 'Slow.', POLARITIES)).toEqual({
    tuples: [{ term: null, category: 'service general', polarity: 'negative' }],
    malformed: 0,
  });
});
