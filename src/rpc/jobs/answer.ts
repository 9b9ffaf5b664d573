/** Answers of a causal language model to questions in its chat template; the next such job finds it in memory. */
import { z } from 'zod';
import { count, modelFields, placement, precision, seconds, sha256 } from './fields.js';

const turn = z
  .strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })
  .meta({ title: 'ChatTurn' });

const question = z
  .strictObject({
    turns: z.array(turn).min(1),
    /** How the answer begins; the model goes on from it. */
    prefill: z.string().nullable(),
  })
  .meta({ title: 'ChatQuestion' });

const row = z
  .strictObject({
    /** With the beginning that was given. */
    text: z.string(),
    inputTokens: count,
    outputTokens: count,
    /** The model had not ended at the most tokens it may write. */
    cut: z.boolean(),
  })
  .meta({ title: 'AnswerRow' });

export const answer = {
  spec: z
    .strictObject({
      kind: z.literal('answer'),
      placement,
      ...modelFields,
      modelDigest: sha256,
      precision,
      questions: z.array(question),
      maxAnswerTokens: z.int().min(1),
      /** An answer ends before any of these. */
      stop: z.array(z.string().min(1)),
      /** Questions answered at once, those of similar length together. */
      batchSize: z.int().min(1),
    })
    .meta({ title: 'AnswerSpec' }),
  output: z
    .strictObject({
      kind: z.literal('answer'),
      /** One per question, in their order. */
      rows: z.array(row),
      seconds,
    })
    .meta({ title: 'AnswerOutput' }),
};
