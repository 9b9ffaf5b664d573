/** Near duplicates in Arrow files, as a worker finds them. */
import { join } from 'node:path';
import { z } from 'zod';
import { splitLines } from '../../data/formats/lines.js';
import { unpackFile } from '../../data/formats/unpack.js';
import { FsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import type { PairsFile } from '../../rpc/messages.js';
import { readLimits } from '../../runtime/limits.js';
import { hashFile } from '../../storage/digest.js';
import { runOneJob } from '../run/one-job.js';

/** How near duplicates were found: what a report on them must state. */
export interface NearMethod {
  /** Least Jaccard similarity of the two sets of shingles. */
  readonly threshold: number;
  readonly shingleWords: number;
  readonly permutations: number;
  readonly bands: number;
  /** Chance that a pair just at the threshold is looked at; nearer ones are missed more rarely. */
  readonly recallAtThreshold: number;
}

export interface NearMatch {
  readonly row: number;
  readonly like: number;
  readonly similarity: number;
}

export interface NearQuestion {
  readonly pairs: PairsFile;
  /** Null compares the rows with each other. */
  readonly among: PairsFile | null;
  readonly unit: 'row' | 'sentence';
  readonly threshold: number;
  readonly shingleWords: number;
  /** For the result and the worker's log. */
  readonly folder: string;
}

const PERMUTATIONS = 128;
/** What a worker takes before the first row, with the batch that it works on. */
const WORKER_BYTES = 400e6;
/** What rows that are held against each other take at most (all of them in groups), measured. */
const BYTES_PER_ROW = 110;
/** From this threshold on there are at most 16 bands; below, up to one for each permutation. */
const FEW_BANDS_FROM = 0.8;
const BYTES_PER_ROW_IN_MANY_BANDS = 810;
/** What the index in memory keeps of a row that others are held against. */
const BYTES_PER_INDEXED_ROW = 2600;
const matchSchema = z.object({ row: z.int(), like: z.int(), similarity: z.number() });

/** @throws FsaError DATA where memory is short, and what a worker's job can end in */
export async function findNearDuplicates(
  question: NearQuestion,
  { emit, signal }: { readonly emit: Emit; readonly signal: AbortSignal },
): Promise<{ matches: NearMatch[]; method: NearMethod }> {
  const { pairs, among, unit, threshold, shingleWords, folder } = question;
  requireMemory(question, process.availableMemory());
  const resultPath = join(folder, 'near.jsonl');
  const output = await runOneJob(
    {
      kind: 'near-duplicates',
      placement: { device: 'cpu', threads: readLimits().processors.value },
      pairs: [pairs],
      among: among === null ? [] : [among],
      unit,
      shingleWords,
      threshold,
      permutations: PERMUTATIONS,
      resultPath,
    },
    { label: 'near duplicates', folder, emit, signal },
  );
  if ((await hashFile(resultPath, signal)) !== output.sha256) {
    throw new FsaError('STORAGE', 'The list of near duplicates is not what the worker wrote.', {
      where: resultPath,
    });
  }
  const matches: NearMatch[] = [];
  for await (const lines of splitLines(unpackFile(resultPath, 'text', { signal }), resultPath)) {
    for (const { text } of lines) matches.push(matchSchema.parse(JSON.parse(text ?? '')));
  }
  const { bands, recallAtThreshold } = output;
  return {
    matches,
    method: { threshold, shingleWords, permutations: PERMUTATIONS, bands, recallAtThreshold },
  };
}

/**
 * What is kept of the rows lies in memory: where it will not fit is an error before hours of work.
 * @throws FsaError DATA
 */
export function requireMemory(
  { pairs, among, threshold }: Pick<NearQuestion, 'pairs' | 'among' | 'threshold'>,
  availableBytes: number,
): void {
  const { rows } = among ?? pairs;
  const withinBytes = threshold >= FEW_BANDS_FROM ? BYTES_PER_ROW : BYTES_PER_ROW_IN_MANY_BANDS;
  const needed = WORKER_BYTES + rows * (among === null ? withinBytes : BYTES_PER_INDEXED_ROW);
  if (needed <= availableBytes) return;
  const [needs, has] = [needed, availableBytes].map((bytes) => `${(bytes / 1e9).toFixed(1)} GB`);
  throw new FsaError(
    'DATA',
    `Finding near duplicates among ${rows.toLocaleString('en')} needs about ${needs} of memory, and ${has} are free.`,
    { advice: 'Name fewer files at once, or look for exact repetitions alone with --exact.' },
  );
}

interface NearOptions {
  readonly exactOnly?: boolean;
  readonly threshold?: number;
  readonly shingleWords?: number;
}

/**
 * The numbers in use, of those that were given and those that hold otherwise.
 * @throws FsaError USAGE where they cannot be, or nothing near is looked for
 */
export function nearNumbers(
  { exactOnly = false, threshold: similarity, shingleWords: words }: NearOptions,
  usual: Required<Omit<NearOptions, 'exactOnly'>>,
): typeof usual {
  if (exactOnly && (similarity !== undefined || words !== undefined)) {
    throw new FsaError('USAGE', 'Only exact matches are looked for, so a threshold or shingles do nothing.', {
      advice: 'Leave --exact (exactOnly) out to find near ones, or these numbers.',
    });
  }
  const { threshold, shingleWords } = {
    threshold: similarity ?? usual.threshold,
    shingleWords: words ?? usual.shingleWords,
  };
  if (!(threshold > 0 && threshold <= 1)) {
    throw new FsaError('USAGE', `The threshold is ${threshold}, and should be over 0 and up to 1.`, {
      advice: '0.8 finds texts that differ in a few words.',
    });
  }
  if (!Number.isInteger(shingleWords) || shingleWords < 1) {
    throw new FsaError('USAGE', `A shingle of ${shingleWords} words cannot be.`, {
      advice: 'Use a whole number, such as 3.',
    });
  }
  return { threshold, shingleWords };
}
