import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutBatches } from '../../../src/inference/batches.js';
import { keepFloatRows, keepIntegerRows } from '../../../src/inference/kept-rows.js';

const widthOf = (lengths: readonly number[], batch: readonly number[]): number[] =>
  batch.map((index) => lengths[index] ?? 0);

it('decodes every row in one batch, longest first, within the bounds of rows and of padding', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 500 })),
      fc.integer({ min: 1, max: 40 }),
      (lengths, most) => {
        const batches = cutBatches(lengths, most);
        expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
        const sorted = widthOf(lengths, batches.flat());
        expect(sorted).toEqual([...sorted].sort((a, b) => b - a));
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(most);
          const widths = widthOf(lengths, batch);
          const padding = widths.reduce((sum, width) => sum + Math.max(...widths) - width, 0);
          expect(padding).toBeLessThanOrEqual(2048);
        }
      },
    ),
  );
});

it('decodes sentences of every usual length together, and those beside a very long one apart', () => {
  const usual = Array.from({ length: 32 }, (_, at) => 5 + at);
  expect(cutBatches(usual, 32)).toHaveLength(1);
  expect(cutBatches([512, ...usual], 64).map((batch) => batch.length)).toEqual([5, 28]);
});

it('keeps whole rows of tensors in the order asked for', () => {
  const tensor = { data: Float32Array.from([0, 1, 2, 3, 4, 5]), dims: [3, 1, 2] };
  expect(keepFloatRows(tensor, [2, 0])).toEqual({ data: Float32Array.from([4, 5, 0, 1]), dims: [2, 1, 2] });
  expect(keepIntegerRows(BigInt64Array.from([1n, 2n, 3n, 4n]), 2, [1])).toEqual(BigInt64Array.from([3n, 4n]));
});
