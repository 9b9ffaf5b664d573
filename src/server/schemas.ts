/** What requests and answers look like; the OpenAPI page is made from these. */
import { z } from 'zod';

const text = z.string().describe('one review sentence');

/** Bounds that a schema states and the handler enforces: going over them is 413, not 400. */
export interface RequestBounds {
  readonly maxTextsPerRequest: number;
  readonly maxTextCharacters: number;
}

export const predictRequestSchema = ({ maxTextsPerRequest, maxTextCharacters }: RequestBounds) =>
  z
    .strictObject({
      texts: z
        .array(text.meta({ maxLength: maxTextCharacters }))
        .min(1)
        .meta({ maxItems: maxTextsPerRequest }),
      model: z.string().optional().describe('which model, where several are served'),
      raw: z.boolean().default(false).describe('also what the student wrote, word for word'),
    })
    .meta({ id: 'PredictRequest' });

const tupleSchema = z.object({
  term: z.string().nullable().optional(),
  category: z.string().nullable().optional(),
  opinion: z.string().nullable().optional(),
  polarity: z.string(),
  from: z.int().optional().describe('first code point of the term in the text'),
  to: z.int().optional().describe('code point after the term'),
});

export const predictAnswerSchema = z
  .object({
    model: z.string(),
    predictions: z.array(
      z.object({
        tuples: z.array(tupleSchema),
        malformed: z.int().describe('pieces of the answer that could not be read'),
        truncated: z.boolean().describe('the text or the answer was cut at its limit'),
        text: z.string().optional().describe('what the student wrote, with raw'),
      }),
    ),
    usage: z.object({ inputTokens: z.int(), outputTokens: z.int() }),
    timings: z.object({ waitedMs: z.number(), inferenceMs: z.number() }),
  })
  .meta({ id: 'PredictAnswer' });

export const refusalSchema = z
  .object({
    error: z.string().describe('one sentence'),
    type: z.string().describe('a word for programs, such as queue-full'),
    requestId: z.string(),
  })
  .meta({ id: 'Refusal' });

/** The codes that every working endpoint may answer with. */
export const REFUSALS = {
  400: refusalSchema,
  401: refusalSchema,
  404: refusalSchema,
  413: refusalSchema,
  415: refusalSchema,
  429: refusalSchema,
  500: refusalSchema,
  503: refusalSchema,
  504: refusalSchema,
} as const;

export const infoSchema = z
  .object({
    name: z.literal('fsa'),
    version: z.string(),
    models: z.array(
      z.object({
        name: z.string(),
        task: z.string(),
        elements: z.array(z.string()),
        polarities: z.array(z.string()),
        digest: z.string(),
        maxInputTokens: z.int(),
        maxGeneratedTokens: z.int(),
        backend: z.string(),
        precision: z.string(),
      }),
    ),
    limits: z.record(z.string(), z.number()),
  })
  .meta({ id: 'Info' });

export const stateSchema = z.object({ status: z.string() }).meta({ id: 'State' });

/** KServe v2, the open inference protocol: one input of strings. */
export const inferRequestSchema = z
  .looseObject({
    id: z.string().optional(),
    inputs: z
      .array(
        z.looseObject({
          name: z.string(),
          shape: z.array(z.int().min(0)),
          datatype: z.string(),
          data: z.array(z.unknown()),
        }),
      )
      .length(1),
  })
  .meta({ id: 'InferRequest' });

export const inferAnswerSchema = z
  .object({
    id: z.string().optional(),
    model_name: z.string(),
    model_version: z.string(),
    outputs: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.int()),
        datatype: z.string(),
        data: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'InferAnswer' });
