/** Greedy generation for texts that come along; the next such job finds the model as this one left it. */
import { z } from 'zod';
import { count, modelFields, placement, precision, seconds, sha256 } from './fields.js';

const row = z
  .strictObject({
    text: z.string(),
    /** Generated token ids without start and end. */
    tokens: z.array(count),
    inputTokens: count,
    /** The text was longer than the model reads. */
    cutInput: z.boolean(),
    /** The model had not ended at the most tokens it may write. */
    cutOutput: z.boolean(),
  })
  .meta({ title: 'PredictedRow' });

export const predict = {
  spec: z
    .strictObject({
      kind: z.literal('predict'),
      placement,
      ...modelFields,
      modelDigest: sha256,
      precision,
      texts: z.array(z.string()),
      maxInputTokens: z.int().min(1),
      maxGeneratedTokens: z.int().min(1),
      generationBatchSize: z.int().min(1),
    })
    .meta({ title: 'PredictSpec' }),
  output: z
    .strictObject({
      kind: z.literal('predict'),
      /** One per text, in their order. */
      rows: z.array(row),
      seconds,
    })
    .meta({ title: 'PredictOutput' }),
};
