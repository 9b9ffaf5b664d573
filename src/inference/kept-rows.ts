/** Keys and values of the rows still alive, as ONNX tensors whose first axis is the row. */

/** A float tensor as onnxruntime gives it. */
export interface FloatTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** The tensor's rows with these indices, in their order. */
export function keepFloatRows({ data, dims }: FloatTensor, rows: readonly number[]): FloatTensor {
  const size = dims.slice(1).reduce((product, length) => product * length, 1);
  const kept = new Float32Array(rows.length * size);
  for (const [at, row] of rows.entries()) kept.set(data.subarray(row * size, (row + 1) * size), at * size);
  return { data: kept, dims: [rows.length, ...dims.slice(1)] };
}

/** As `keepFloatRows`, of whole numbers `width` to a row. */
export function keepIntegerRows(data: BigInt64Array, width: number, rows: readonly number[]): BigInt64Array {
  const kept = new BigInt64Array(rows.length * width);
  for (const [at, row] of rows.entries()) kept.set(data.subarray(row * width, (row + 1) * width), at * width);
  return kept;
}
