import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeptPositions } from '../../../src/inference/kept-positions.js';

const TENSORS = 2;
const SIZE = 3;

it('keeps, after one of zeros, every position of the rows still alive, in order, however many there are and whichever go', () => {
  const plans = fc.record({
    rows: fc.integer({ min: 1, max: 9 }),
    positions: fc.integer({ min: 1, max: 70 }),
    drops: fc.array(fc.record({ after: fc.nat(69), row: fc.nat(8) })),
  });
  fc.assert(
    fc.property(plans, ({ rows, positions, drops }) => {
      const kept = new KeptPositions(rows, { tensors: TENSORS, size: SIZE, positions });
      let alive = Array.from({ length: rows }, (_, row) => row);
      const number = (tensor: number, position: number, row: number, at: number): number =>
        ((tensor * 100 + position) * 10 + row) * SIZE + at;
      const expected = (upTo: number): number[][] =>
        Array.from({ length: TENSORS }, (_, tensor) =>
          [
            alive.flatMap(() => [0, 0, 0]),
            ...Array.from({ length: upTo }, (_, position) =>
              alive.flatMap((row) => [0, 1, 2].map((at) => number(tensor, position, row, at))),
            ),
          ].flat(),
        );
      for (let position = 0; position < positions; position += 1) {
        expect(kept.length).toBe(1 + position);
        const newest = kept.append();
        for (const [tensor, room] of newest.entries()) {
          expect(room).toHaveLength(alive.length * SIZE);
          room.set(alive.flatMap((row) => [0, 1, 2].map((at) => number(tensor, position, row, at))));
        }
        const places = drops.filter(({ after }) => after === position).map(({ row }) => row);
        const left = alive.filter((_, place) => !places.includes(place));
        if (left.length > 0 && left.length < alive.length) {
          kept.keepRows(left.map((row) => alive.indexOf(row)));
          alive = left;
          expect(kept.written().map((data) => [...data])).toEqual(expected(position + 1));
        }
      }
      expect(kept.written().map((data) => [...data])).toEqual(expected(positions));
    }),
  );
});
