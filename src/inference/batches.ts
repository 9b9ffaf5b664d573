/** Which texts are worked on together: those of similar length, so that short ones do not pay for long ones. */

/**
 * A row joins a longer one if at least this share of the width is its own: less padding would mean more batches, each with
 * steps of its own, and what a step costs hangs little on its rows.
 */
const SHARED_WIDTH = 0.5;

/**
 * Indices of the rows, longest first, cut into batches.
 * @param lengths tokens of each row
 * @param mostRows rows in a batch at most
 */
export function cutBatches(lengths: readonly number[], mostRows: number): number[][] {
  const order = lengths.map((_, index) => index).sort((a, b) => lengthAt(b) - lengthAt(a));
  const batches: number[][] = [];
  let width = 0;
  for (const index of order) {
    const last = batches.at(-1);
    if (last === undefined || last.length >= mostRows || lengthAt(index) < SHARED_WIDTH * width) {
      batches.push([index]);
      width = lengthAt(index);
    } else last.push(index);
  }
  return batches;

  function lengthAt(index: number): number {
    return lengths[index] ?? 0;
  }
}
