/** Rows as the Arrow files that Python maps into memory. */
import { type Pair, type PairsFile, PairsWriter } from './pairs-writer.js';

export type { Pair, PairsFile } from './pairs-writer.js';

/**
 * Writes rows into an Arrow IPC file with the text columns id, source and target. Streams: only a batch
 * is in memory. The file appears under its name when it is whole and on disk; after a failure or an
 * abort nothing is left of it.
 */
export async function writePairs(
  path: string,
  rows: AsyncIterable<Pair> | Iterable<Pair>,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<PairsFile> {
  options.signal?.throwIfAborted();
  const writer = await PairsWriter.create(path);
  try {
    for await (const row of rows) {
      const written = writer.add(row);
      if (written === undefined) continue;
      await written;
      options.signal?.throwIfAborted();
    }
    return await writer.finish();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}
