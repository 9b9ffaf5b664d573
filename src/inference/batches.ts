/** Which texts are worked on together. */

/**
 * A row is encoded with longer ones if at least this share of the width is its own: the encoder works on padding as on
 * words, and reads its weights once a batch.
 */
const SHARED_WIDTH = 0.7;

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
  let padding = 0;
  return cut(order, (index, batch) => {
    padding += (lengths[batch[0] ?? 0] ?? 0) - (lengths[index] ?? 0);
    const joins = batch.length < mostRows && padding <= MOST_PADDING;
    if (!joins) padding = 0;
    return joins;
  });
}

/**
 * Places of neighbours that are encoded together.
 * @param lengths tokens of each row of a batch, longest first
 */
export function cutWidths(lengths: readonly number[]): number[][] {
  const order = lengths.map((_, index) => index);
  return cut(order, (index, [widest = 0]) => (lengths[index] ?? 0) >= SHARED_WIDTH * (lengths[widest] ?? 0));
}

function cut(
  order: readonly number[],
  joins: (index: number, batch: readonly number[]) => boolean,
): number[][] {
  const batches: number[][] = [];
  for (const index of order) {
    const last = batches.at(-1);
    if (last !== undefined && joins(index, last)) last.push(index);
    else batches.push([index]);
  }
  return batches;
}
