/**
 * Finds rows whose `source` is nearly that of another: candidates by MinHash and locality-sensitive hashing,
 * each held against the exact Jaccard similarity of the two sets of shingles.
 */
import { z } from 'zod';
import { count, pairsFile, path, placement, seconds, sha256, written } from './fields.js';

export const nearDuplicates = {
  spec: z
    .strictObject({
      kind: z.literal('near-duplicates'),
      placement,
      pairs: z.array(pairsFile).min(1),
      /** What the rows are held against; where empty, every row against those before it that were kept. */
      among: z.array(pairsFile),
      /** A row counts as a whole, or each of its sentences for itself. */
      unit: z.enum(['row', 'sentence']),
      /** Words in a row that make one shingle. */
      shingleWords: z.int().min(1),
      /** Least Jaccard similarity, over 0 and up to 1. */
      threshold: z.number().min(0),
      permutations: z.int().min(1),
      /** JSON lines of {row, like, similarity}; rows count from 0 over all files. */
      resultPath: written(path),
    })
    .meta({ title: 'NearDuplicatesSpec' }),
  output: z
    .strictObject({
      kind: z.literal('near-duplicates'),
      /** Of the file at `resultPath`. */
      sha256,
      rows: count,
      matches: count,
      /** How the hashing divides the permutations. */
      bands: z.int().min(1),
      /** Chance that a pair just at the threshold is looked at. */
      recallAtThreshold: z.number(),
      seconds,
    })
    .meta({ title: 'NearDuplicatesOutput' }),
};
