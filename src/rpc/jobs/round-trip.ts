/** Texts through a model's own tokenizer and back: what it can write, and what a limit of length leaves. */
import { z } from 'zod';
import { count, modelFields, pairsFile, path, placement, seconds, sha256, written } from './fields.js';

export const roundTrip = {
  spec: z
    .strictObject({
      kind: z.literal('round-trip'),
      placement,
      ...modelFields,
      /** Its `source` column holds the texts; `target` is not read. */
      pairs: pairsFile,
      /** Texts with more tokens, the end token among them, are cut here. */
      maxTokens: z.int().min(1),
      /** JSON lines of {tokens, text, cut}: `cut` is what is left of a text that is too long, else null. */
      resultPath: written(path),
    })
    .meta({ title: 'RoundTripSpec' }),
  output: z
    .strictObject({
      kind: z.literal('round-trip'),
      /** Of the file at `resultPath`. */
      sha256,
      rows: count,
      seconds,
    })
    .meta({ title: 'RoundTripOutput' }),
};
