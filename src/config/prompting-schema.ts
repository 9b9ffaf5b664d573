/** Settings of what is asked without any training: LLMs in context, and students as classifiers. */
import { z } from 'zod';
import { axis, decidesNothing } from './deciding.js';

const positiveInt = z.int().min(1);
const words = z.array(z.string().min(1)).min(1);
const usd = z.number().gt(0).nullable();

/** More than any model writes at once: what an answer may cost stays a number that can be counted. */
export const answerTokens = positiveInt.max(1_000_000);

/** `fsa baseline`: language models that see a few training sentences and no training. */
export const baselineSchema = z.strictObject({
  models: axis(
    z
      .record(z.string(), z.string())
      .describe('name in the tables: openai:gpt-4o-mini, ollama:llama3.2, https://host/v1#model'),
  ),
  shots: axis(z.array(z.int().min(0)).describe('demonstrations before each question, each number a cell')),
  seeds: axis(z.array(z.int().min(0)).describe('seeds that draw demonstrations, each one a cell')),
  demos: z
    .enum(['fixed', 'perRow', 'similar'])
    .describe('the same for all, drawn for each sentence, or the training sentences most like it (BM25)'),
  temperature: z.number().min(0).max(2).describe('0 always takes the likeliest word'),
  maxAnswerTokens: answerTokens.describe('answers end here'),
  limit: positiveInt.nullable().describe('test sentences asked about; null asks about all'),
  budget: decidesNothing(usd.describe('US dollars that are never exceeded; null does not limit')),
});

/** `fsa zeroshot`: students and teachers as classifiers of reviews or of given terms. */
export const zeroshotSchema = z.strictObject({
  students: axis(z.record(z.string(), z.string()).describe('name in the table: folder, run, or hub id')),
  floor: axis(
    z
      .string()
      .nullable()
      .describe('the undistilled model to compare with; null takes the one that the student was made from'),
  ),
  teacher: axis(
    z
      .string()
      .nullable()
      .describe('corpus (the stored answers of the data), or the name of a language model to ask'),
  ),
  data: z.array(z.string()).describe('files with text and label or stars; datasets at term level'),
  level: z.enum(['text', 'term']).describe('judge whole texts, or the given terms of a dataset'),
  rule: z
    .enum(['score', 'read'])
    .describe('score compares labels as continuations, read reads what the student writes'),
  verdict: z
    .enum(['sum', 'majority', 'strongest', 'first', 'last'])
    .describe('how the judgements of an analysis become one'),
  ask: z
    .enum(['label', 'analysis'])
    .describe("a language model is asked for one label, or for an analysis that is read as a student's is"),
  calibrate: z.enum(['prior', 'none']).describe('prior takes off what an empty review would score'),
  labels: z.strictObject({
    negative: words.describe('label words whose probabilities add up to blame'),
    neutral: words.describe('label words that stand for neither'),
    positive: words.describe('label words whose probabilities add up to praise'),
  }),
  limit: positiveInt.nullable().describe('rows judged; null judges all'),
  budget: decidesNothing(usd.describe('US dollars that are never exceeded; null does not limit')),
});
