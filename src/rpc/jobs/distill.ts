/** Stage one: AdamWScale, cosine schedule, validation loss; the last weights are the result. */
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

export const distill = {
  spec: z
    .strictObject({
      kind: z.literal('distill'),
      placement,
      ...modelFields,
      /** Hash of the starting weights; workers keep a model in memory by it. */
      modelDigest: sha256,
      seed: count,
      precision,
      train: z.array(pairsFile).min(1),
      validation: z.array(pairsFile),
      maxInputTokens: z.int().min(1),
      maxTargetTokens: z.int().min(1),
      cacheFolder: path,
      steps: z.int().min(1),
      optimizer: optimizerSettings,
      validateEverySteps: z.int().min(1),
      validationBatchSize: z.int().min(1),
      checkpointEverySteps: z.int().min(1),
      checkpointEveryMinutes: z.number(),
      keepCheckpoints: z.int().min(1),
      /** The job resumes from the newest whole checkpoint in here that is not ahead of the records. */
      checkpointFolder: path,
      /** The last optimizer step up to which all records are on disk; 0 where there are none. */
      lastRecordedStep: count,
      /** Where the Hugging Face model goes. */
      modelFolder: path,
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
