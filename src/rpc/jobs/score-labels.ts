/** How likely a model finds each of some continuations of a decoder that was begun for it. */
import { z } from 'zod';
import { modelFields, placement, precision, seconds, sha256 } from './fields.js';

const question = z
  .strictObject({
    text: z.string(),
    /** How the model's own text begins before each of the labels. */
    beginning: z.string(),
  })
  .meta({ title: 'LabelQuestion' });

export const scoreLabels = {
  spec: z
    .strictObject({
      kind: z.literal('score-labels'),
      placement,
      ...modelFields,
      modelDigest: sha256,
      precision,
      questions: z.array(question),
      labels: z.array(z.string().min(1)).min(1),
      maxInputTokens: z.int().min(1),
      /** Pairs of question and label worked on at once. */
      batchSize: z.int().min(1),
    })
    .meta({ title: 'ScoreLabelsSpec' }),
  output: z
    .strictObject({
      kind: z.literal('score-labels'),
      /** For each question, the mean log-probability of each label's tokens, in their order. */
      scores: z.array(z.array(z.number())),
      seconds,
    })
    .meta({ title: 'ScoreLabelsOutput' }),
};
