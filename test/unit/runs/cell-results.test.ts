/** Results that are kept as compressed text: they come back to the letter. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CellResults } from '../../../src/runs/cell-results.js';
import type { CellResult } from '../../../src/runs/types.js';

it('come back as they were added, and go their own way in a copy', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (values) => {
      const result = { ...values, jobId: 'a' } as unknown as CellResult;
      const results = new CellResults();
      results.add(result);
      results.addText('b', Buffer.from(JSON.stringify(values)));
      expect(Buffer.from(results.textOf('a') ?? []).toString()).toBe(JSON.stringify(result));
      expect(JSON.stringify(results.get('b'))).toBe(JSON.stringify(values));
      const copy = results.copy();
      results.delete('a');
      expect([results.has('a'), results.get('a'), copy.ids()]).toEqual([false, undefined, ['a', 'b']]);
    }),
  );
});
