/** Stage two: AdamW, linear schedule, dev generation after each epoch, the best epoch tested once. */
import { z } from 'zod';
import {
  count,
  modelFields,
  optimizerSettings,
  pairsFile,
  path,
  placement,
  precision,
  seconds,
  sha256,
} from './fields.js';

export const finetune = {
  spec: z
    .strictObject({
      kind: z.literal('finetune'),
      placement,
      ...modelFields,
      modelDigest: sha256,
      seed: count,
      precision,
      train: pairsFile,
      dev: pairsFile,
      test: pairsFile,
      maxInputTokens: z.int().min(1),
      maxTargetTokens: z.int().min(1),
      maxGeneratedTokens: z.int().min(1),
      generationBatchSize: z.int().min(1),
      epochs: z.int().min(1),
      optimizer: optimizerSettings,
      checkpointEveryMinutes: z.number(),
      checkpointFolder: path,
      /** The last optimizer step up to which all records are on disk; 0 where there are none. */
      lastRecordedStep: count,
      /** Where the best epoch's model goes, in Hugging Face form; null where it is not kept. */
      modelFolder: path.nullable(),
    })
    .meta({ title: 'FinetuneSpec' }),
  output: z
    .strictObject({
      kind: z.literal('finetune'),
      bestEpoch: z.int().min(1),
      /** One text per row of the test file, by the best epoch's weights. */
      testTexts: z.array(z.string()),
      steps: count,
      tokens: count,
      trainSeconds: seconds,
      generateSeconds: seconds,
    })
    .meta({ title: 'FinetuneOutput' }),
};
