/** Marks that are shared are equal ones, whatever their hash is. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SharedMarks } from '../../../src/scoring/analysis/marks.js';

it('gives equal marks as one list, and others as they are', () => {
  const marks = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(marks, { maxLength: 60 }), (lists) => {
      const shared = new SharedMarks();
      const given = lists.map((list) => shared.share(list));
      expect(given).toEqual(lists);
      for (const one of given)
        expect(given.findIndex((other) => other === one)).toBe(
          lists.findIndex((list) => list.length === one.length && list.every((n, at) => n === one[at])),
        );
      expect(shared.share([...(lists[0] ?? [])])).toEqual(lists[0] ?? []);
    }),
    { numRuns: 300 },
  );
});
