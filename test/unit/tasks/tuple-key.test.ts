import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Tuple, tupleKey } from '../../../src/tasks/task.js';

const element = fc.option(fc.oneof(fc.constantFrom('', '-', '1:a', '0:', 'a', '1:'), fc.string()), {
  nil: null,
});
const tuple = fc.record({ term: element, category: element, opinion: element, polarity: element });

it('tells tuples apart exactly where an element differs, whatever signs the elements hold', () => {
  const listOf = ({ term, category, opinion, polarity }: Tuple): string =>
    JSON.stringify([term, category, opinion, polarity]);
  fc.assert(
    fc.property(tuple, tuple, (one, other) => {
      expect(tupleKey(one) === tupleKey(other)).toBe(listOf(one) === listOf(other));
    }),
    { numRuns: 2000 },
  );
  expect(tupleKey({ term: '-' })).not.toBe(tupleKey({ term: null }));
  expect(tupleKey({ term: 'a' })).toBe(tupleKey({ term: 'a', opinion: null }));
});
