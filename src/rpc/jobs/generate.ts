/** Greedy generation with a model as it is. */
import { z } from 'zod';
import { modelFields, pairsFile, placement, precision, seconds, sha256 } from './fields.js';

export const generate = {
  spec: z
    .strictObject({
      kind: z.literal('generate'),
      placement,
      ...modelFields,
      modelDigest: sha256,
      precision,
      pairs: pairsFile,
      maxInputTokens: z.int().min(1),
      maxGeneratedTokens: z.int().min(1),
      generationBatchSize: z.int().min(1),
    })
    .meta({ title: 'GenerateSpec' }),
  output: z
    .strictObject({ kind: z.literal('generate'), texts: z.array(z.string()), seconds })
    .meta({ title: 'GenerateOutput' }),
};
