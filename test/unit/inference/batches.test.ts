import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutBatches } from '../../../src/inference/batches.js';
import { keepFloatRows, keepIntegerRows } from '../../../src/inference/kept-rows.js';

it('puts every row into one batch, longest first, within the bound and of similar length', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 500 })),
      fc.integer({ min: 1, max: 40 }),
      (lengths, most) => {
        const batches = cutBatches(lengths, most);
        expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
        const sorted = batches.flat().map((index) => lengths[index] ?? 0);
        expect(sorted).toEqual([...sorted].sort((a, b) => b - a));
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(most);
          const widths = batch.map((index) => lengths[index] ?? 0);
          expect(Math.min(...widths)).toBeGreaterThanOrEqual(0.5 * Math.max(...widths));
        }
      },
    ),
  );
});

it('keeps whole rows of tensors in the order asked for', () => {
  const tensor = { data: Float32Array.from([0, 1, 2, 3, 4, 5]), dims: [3, 1, 2] };
  expect(keepFloatRows(tensor, [2, 0])).toEqual({ data: Float32Array.from([4, 5, 0, 1]), dims: [2, 1, 2] });
  expect(keepIntegerRows(BigInt64Array.from([1n, 2n, 3n, 4n]), 2, [1])).toEqual(BigInt64Array.from([3n, 4n]));
});
