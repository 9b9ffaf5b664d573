/** Keys and values of rows that were encoded apart, as one ONNX tensor of [rows, heads, width, size]. */
import type { FloatTensor } from './kept-rows.js';

/** The parts' rows one after the other; narrower ones get zeros at their end, which the mask hides. */
export function joinFloatRows(parts: readonly FloatTensor[], width: number): FloatTensor {
  const [first, ...others] = parts;
  if (first !== undefined && others.length === 0) return first;
  const [, heads = 0, , size = 0] = first?.dims ?? [];
  const rows = parts.reduce((sum, { dims }) => sum + (dims[0] ?? 0), 0);
  const data = new Float32Array(rows * heads * width * size);
  let at = 0;
  for (const part of parts) {
    const own = (part.dims[2] ?? 0) * size;
    for (let from = 0; from < part.data.length; from += own) {
      data.set(part.data.subarray(from, from + own), at);
      at += width * size;
    }
  }
  return { data, dims: [rows, heads, width, size] };
}
