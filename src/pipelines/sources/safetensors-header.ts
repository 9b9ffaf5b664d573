/** Names, types and shapes of the tensors in a safetensors file, from its first bytes alone. */
import { open } from 'node:fs/promises';
import { z } from 'zod';

const LENGTH_BYTES = 8;
/** The format's own limit. */
const MOST_HEADER_BYTES = 100_000_000;

const tensor = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});

export type TensorShapes = ReadonlyMap<string, { readonly dtype: string; readonly shape: readonly number[] }>;

/** @throws Error with half a sentence that says why the file is none */
export async function readSafetensorsHeader(path: string): Promise<TensorShapes> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Buffer.alloc(LENGTH_BYTES);
    const { bytesRead } = await file.read(length, 0, LENGTH_BYTES, 0);
    const headerBytes = bytesRead < LENGTH_BYTES ? Number.NaN : Number(length.readBigUInt64LE());
    if (!(headerBytes <= Math.min(size - LENGTH_BYTES, MOST_HEADER_BYTES)))
      throw new Error('its header is cut off or too large');
    const text = Buffer.alloc(headerBytes);
    await file.read(text, 0, headerBytes, LENGTH_BYTES);
    return parseHeader(text.toString('utf8'), size - LENGTH_BYTES - headerBytes);
  } finally {
    await file.close();
  }
}

/** @param dataBytes how many bytes follow the header */
export function parseHeader(text: string, dataBytes: number): TensorShapes {
  const { __metadata__: _metadata, ...entries } = parseObject(text);
  const tensors = new Map<string, { dtype: string; shape: number[] }>();
  let end = 0;
  for (const [name, entry] of Object.entries(entries)) {
    const read = tensor.safeParse(entry);
    if (!read.success) throw new Error(`the entry of ${name} in its header cannot be read`);
    const { dtype, shape, data_offsets: place } = read.data;
    if (place[0] > place[1]) throw new Error(`tensor ${name} ends before it begins`);
    end = Math.max(end, place[1]);
    tensors.set(name, { dtype, shape });
  }
  if (end !== dataBytes) throw new Error(`${dataBytes} bytes of tensors where its header says ${end}`);
  return tensors;
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('its header is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('its header is not an object');
  return value as Record<string, unknown>;
}
