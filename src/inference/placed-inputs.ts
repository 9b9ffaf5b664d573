/** Inputs of many lengths one behind the other, and where each token stands when they are laid side by side. */

export interface PlacedInputs {
  /** Of all inputs, without padding. */
  readonly ids: BigInt64Array;
  /** Tokens of the longest input: the width of `places` and `mask`, which have a row for each input. */
  readonly inputWidth: number;
  /** Which token stands there; the first for padding. */
  readonly places: BigInt64Array;
  /** 1 where a token stands, 0 for padding. */
  readonly mask: BigInt64Array;
  /** The input of each token, and where in there it stands. */
  readonly rows: BigInt64Array;
  readonly at: BigInt64Array;
}

export function placeInputs(inputs: readonly (readonly number[])[]): PlacedInputs {
  const inputWidth = Math.max(...inputs.map(({ length }) => length));
  const tokens = inputs.reduce((sum, { length }) => sum + length, 0);
  const [ids, rows, at] = [new BigInt64Array(tokens), new BigInt64Array(tokens), new BigInt64Array(tokens)];
  const room = inputs.length * inputWidth;
  const [places, mask] = [new BigInt64Array(room), new BigInt64Array(room)];
  let token = 0;
  for (const [row, input] of inputs.entries()) {
    mask.fill(1n, row * inputWidth, row * inputWidth + input.length);
    for (const [position, id] of input.entries()) {
      ids[token] = BigInt(id);
      rows[token] = BigInt(row);
      at[token] = BigInt(position);
      places[row * inputWidth + position] = BigInt(token);
      token += 1;
    }
  }
  return { ids, rows, at, inputWidth, places, mask };
}
