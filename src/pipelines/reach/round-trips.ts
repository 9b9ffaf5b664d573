/** Texts through a model's tokenizer, by a job of a worker. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { splitLines } from '../../data/formats/lines.js';
import { unpackFile } from '../../data/formats/unpack.js';
import { writePairs } from '../../data/pairs/write-pairs.js';
import { FsaError } from '../../errors.js';
import type { OutputOf, SpecOf } from '../../rpc/messages.js';
import type { RoundTrip, TripOf } from '../../scoring/reach.js';
import { hashBytes, type HashedFile, hashFile } from '../../storage/digest.js';
import { makeFolder } from '../../storage/make-folder.js';

/** Runs the job; where is the caller's affair. */
export type RunRoundTrip = (spec: Omit<SpecOf<'round-trip'>, 'placement'>) => Promise<OutputOf<'round-trip'>>;

export interface RoundTripOptions {
  /** Folder of the model, and the digests of the files that make its tokenizer. */
  readonly model: string;
  readonly modelFiles: readonly HashedFile[];
  /** Where inputs are cut. */
  readonly maxTokens: number;
  /** For files in between, which are gone afterwards. */
  readonly folder: string;
  readonly run: RunRoundTrip;
  readonly signal: AbortSignal;
}

const lineSchema = z.object({ tokens: z.int(), text: z.string(), cut: z.string().nullable() });

/**
 * What becomes of texts, each asked for once.
 * @throws FsaError what the job can end in; STORAGE where its file is not what the worker wrote
 */
export async function makeRoundTrips(texts: Iterable<string>, options: RoundTripOptions): Promise<TripOf> {
  const { model, modelFiles, maxTokens, folder, run, signal } = options;
  const distinct = [...new Set(texts)];
  await makeFolder(folder);
  const name = `round-trip-${hashBytes(JSON.stringify([model, maxTokens])).slice(0, 12)}`;
  const [pairsPath, resultPath] = [join(folder, `${name}.arrow`), join(folder, `${name}.jsonl`)];
  try {
    const rows = distinct.map((text, index) => ({ id: String(index), source: text, target: '' }));
    const pairs = await writePairs(pairsPath, rows, { signal });
    const output = await run({
      kind: 'round-trip',
      model,
      modelFiles: [...modelFiles],
      pairs,
      maxTokens,
      resultPath,
    });
    if ((await hashFile(resultPath, signal)) !== output.sha256) {
      throw new FsaError('STORAGE', 'The list of round trips is not what the worker wrote.', {
        where: resultPath,
        advice: 'Run the command again.',
      });
    }
    return await readTrips(resultPath, distinct, signal);
  } finally {
    await Promise.all([pairsPath, resultPath].map((path) => rm(path, { force: true })));
  }
}

async function readTrips(path: string, texts: readonly string[], signal: AbortSignal): Promise<TripOf> {
  const trips = new Map<string, RoundTrip>();
  for await (const lines of splitLines(unpackFile(path, 'text', { signal }), path)) {
    for (const { text } of lines) {
      trips.set(texts[trips.size] ?? '', lineSchema.parse(JSON.parse(text ?? '')));
    }
  }
  return (text) => {
    const trip = trips.get(text);
    if (trip === undefined) throw new RangeError('the text was not among those sent to the tokenizer');
    return trip;
  };
}
