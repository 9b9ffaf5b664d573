/** The benchmark's form: what the reader holds every row to, and docs/data.md shows as JSON Schema. */
import { z } from 'zod';

const filled = z.string().regex(/\S/);
const offset = z
  .union([z.int().min(0), z.string().regex(/^\d{1,9}$/), z.null()])
  .describe('in characters (code points), `to` exclusive; a text of digits is taken');

const opinionSchema = z
  .looseObject({
    text: filled,
    from: z.int().min(0).nullish(),
    to: z.int().min(0).nullish(),
  })
  .describe('the words of this opinion and where they stand');

const aspectSchema = z.looseObject({
  target: filled.nullish().describe('the term as it stands in the sentence; null is implicit'),
  from: offset.optional(),
  to: offset.optional(),
  category: z.string().nullish().describe('such as FOOD#QUALITY'),
  polarity: z
    .string()
    .describe('positive, neutral, negative or conflict, or one of the labels in dataset.json'),
  opinion: opinionSchema.nullish().describe('null is implicit; left out is not annotated'),
  opinion_words: z
    .union([z.string(), z.null(), z.array(z.union([z.string(), z.looseObject({ opinion: z.string() })]))])
    .optional()
    .describe('all opinion words of the aspect, as published'),
});

/** One sentence; keys that are not named pass. Which of them a task needs is said by the reader. */
export const benchmarkRowSchema = z.looseObject({
  ID: z.union([filled, z.number()]).describe('one of its own for each sentence'),
  review_id: z
    .union([filled, z.number(), z.null()])
    .optional()
    .describe(
      'the review that the sentence is from, where ID (b12:3) does not say it: they are drawn together',
    ),
  sentence: filled,
  aspects: z.array(aspectSchema).describe('one for each tuple; none where nothing is annotated'),
});

/** The JSON Schema of a whole file, as docs/data.md shows it. */
export function benchmarkSchemaText(): string {
  return JSON.stringify(z.toJSONSchema(z.array(benchmarkRowSchema), { io: 'input' }), null, 1);
}
