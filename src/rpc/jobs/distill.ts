/** Stage one: AdamWScale, cosine schedule, validation loss; the last weights are the result. */
import { z } from 'zod';
import {
  cache,
  count,
  decides,
  pairsFile,
  path,
  seconds,
  sha256,
  trainingFields,
  written,
} from './fields.js';

export const distill = {
  spec: z
    .strictObject({
      kind: z.literal('distill'),
      ...trainingFields,
      train: decides('training data', z.array(pairsFile).min(1)),
      validation: decides('validation data', z.array(pairsFile)),
      cacheFolder: cache(path),
      steps: decides('steps', z.int().min(1)),
      /** Processes that train together, of which the worker is the first and starts the others. */
      ranks: z.int().min(1),
      /**
       * What can be dealt to ranks: a step is cut into a multiple of so many pieces. null is one, as in runs from
       * before there were any.
       */
      shards: decides('shards', z.int().min(2).nullable()),
      validateEverySteps: decides('validateEverySteps', z.int().min(1)),
      validationBatchSize: decides('validationBatchSize', z.int().min(1)),
      checkpointEverySteps: z.int().min(1),
      keepCheckpoints: z.int().min(1),
      /** Where the Hugging Face model goes. */
      modelFolder: written(path),
    })
    .meta({ title: 'DistillSpec' }),
  output: z
    .strictObject({
      kind: z.literal('distill'),
      modelFolder: path,
      /** Digest over the model folder's files. */
      modelDigest: sha256,
      steps: count,
      finalLoss: z.number(),
      validationLoss: z.number().nullable(),
      tokens: count,
      trainSeconds: seconds,
    })
    .meta({ title: 'DistillOutput' }),
};
