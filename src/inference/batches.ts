/** Which texts are worked on together. */

/**
 * Tokens of padding that rows decoded together may have between them. A step reads every weight, however many its rows
 * are, so that few batches are better than many; what padding costs it is the reading of keys and values, and so many
 * of them weigh about as much as the weights of a small decoder.
 */
const MOST_PADDING = 2048;

/**
 * Indices of the rows, longest first, cut into batches to be decoded.
 * @param lengths tokens of each row
 * @param mostRows rows in a batch at most
 */
export function cutBatches(lengths: readonly number[], mostRows: number): number[][] {
  const order = lengths.map((_, index) => index).sort((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0));
  const batches: number[][] = [];
  let padding = 0;
  for (const index of order) {
    const last = batches.at(-1);
    padding += (lengths[last?.[0] ?? index] ?? 0) - (lengths[index] ?? 0);
    if (last !== undefined && last.length < mostRows && padding <= MOST_PADDING) last.push(index);
    else {
      batches.push([index]);
      padding = 0;
    }
  }
  return batches;
}
