/** Tokenises pairs into a token cache; made once per content, tokenizer and lengths. */
import { z } from 'zod';
import { cache, count, modelFields, pairsFile, path, placement, seconds } from './fields.js';

export const prepare = {
  spec: z
    .strictObject({
      kind: z.literal('prepare'),
      placement,
      ...modelFields,
      pairs: z.array(pairsFile).min(1),
      maxInputTokens: z.int().min(1),
      maxTargetTokens: z.int().min(1),
      /** `\n` becomes the added token `[NL]` (distillation). */
      newlineToken: z.boolean(),
      cacheFolder: cache(path),
    })
    .meta({ title: 'PrepareSpec' }),
  output: z
    .strictObject({
      kind: z.literal('prepare'),
      folder: path,
      rows: count,
      inputTokens: count,
      targetTokens: count,
      /** Rows cut at the maximum lengths. */
      cutInputs: count,
      cutTargets: count,
      reused: z.boolean(),
      seconds,
    })
    .meta({ title: 'PrepareOutput' }),
};
