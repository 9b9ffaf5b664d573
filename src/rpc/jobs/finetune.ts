/** Stage two: AdamW, linear schedule, dev generation after each epoch, the best epoch tested once. */
import { z } from 'zod';
import { count, decides, pairsFile, path, seconds, trainingFields, written } from './fields.js';

export const finetune = {
  spec: z
    .strictObject({
      kind: z.literal('finetune'),
      ...trainingFields,
      train: decides('training data', pairsFile),
      dev: decides('development data', pairsFile),
      test: decides('test data', pairsFile),
      maxGeneratedTokens: decides('maxGeneratedTokens', z.int().min(1)),
      generationBatchSize: decides('generationBatchSize', z.int().min(1)),
      epochs: decides('epochs', z.int().min(1)),
      /** Where the best epoch's model goes, in Hugging Face form; null where it is not kept. */
      modelFolder: written(path.nullable()),
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
