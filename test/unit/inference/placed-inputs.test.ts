import fc from 'fast-check';
import { expect, it } from 'vitest';
import { placeInputs } from '../../../src/inference/placed-inputs.js';

it('says of every token where it stands, and of every place which token stands there', () => {
  const inputs = fc.array(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 30 }), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(inputs, (rows) => {
      const { ids, inputWidth, places, mask, ...of } = placeInputs(rows);
      expect([...ids].map(Number)).toEqual(rows.flat());
      expect(inputWidth).toBe(Math.max(...rows.map(({ length }) => length)));
      for (const [row, input] of rows.entries()) {
        const from = row * inputWidth;
        const filled = from + input.length;
        expect([...mask.subarray(from, filled)].map(Number)).toEqual(input.map(() => 1));
        expect([...mask.subarray(filled, from + inputWidth)].every((there) => there === 0n)).toBe(true);
        const tokens = [...places.subarray(from, filled)].map(Number);
        expect(tokens.map((token) => Number(ids[token]))).toEqual(input);
        expect(tokens.map((token) => Number(of.rows[token]))).toEqual(input.map(() => row));
        expect(tokens.map((token) => Number(of.at[token]))).toEqual(input.map((_, at) => at));
      }
      // Padding looks at some token that is there.
      expect([...places].every((token) => token >= 0n && token < BigInt(ids.length))).toBe(true);
    }),
  );
});
