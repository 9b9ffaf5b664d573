/** What requests and answers look like; the OpenAPI page is made from these, and what a refused client is told to send. */
import { z } from 'zod';

const count = z.int().min(0);
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
    .meta({ id: 'PredictRequest', examples: [{ texts: ['The soup was excellent.'] }] });

const element = z.string().nullable().optional();

const tupleSchema = z
  .object({
    term: element.describe('what is judged, in the words of the text; null where it is implicit'),
    category: element.describe('what is judged, by the name of its category'),
    opinion: element.describe('the words that judge; null where they are implicit'),
    polarity: z.string(),
    from: count.optional().describe('first code point of the term, where it is in the text word for word'),
    to: count.optional().describe('code point after the term'),
  })
  .meta({ id: 'Tuple', description: 'The elements that the task of the model has, no others.' });

const predictionSchema = z
  .object({
    tuples: z.array(tupleSchema),
    malformed: count.describe('pieces of the answer that could not be read'),
    truncated: z
      .boolean()
      .describe('the text was longer than the model reads, or the answer than it may write'),
    text: z.string().optional().describe('what the student wrote, with raw'),
  })
  .meta({ id: 'Prediction' });

const usageSchema = z.object({ inputTokens: count, outputTokens: count }).meta({ id: 'Usage' });
const timingsSchema = z.object({ waitedMs: z.number(), inferenceMs: z.number() }).meta({ id: 'Timings' });

export const predictAnswerSchema = z
  .object({
    model: z.string(),
    predictions: z.array(predictionSchema).describe('one for each text, in their order'),
    usage: usageSchema,
    timings: timingsSchema,
  })
  .meta({
    id: 'PredictAnswer',
    examples: [
      {
        model: 'model',
        predictions: [
          {
            tuples: [{ term: 'soup', polarity: 'positive', from: 4, to: 8 }],
            malformed: 0,
            truncated: false,
          },
        ],
        usage: { inputTokens: 6, outputTokens: 4 },
        timings: { waitedMs: 0.1, inferenceMs: 3.2 },
      },
    ],
  });

export const refusalSchema = z
  .object({
    error: z.string().describe('one sentence'),
    type: z.string().describe('a word for programs, such as queue-full'),
    requestId: z.string().describe('as in the header x-request-id and in the log of the server'),
  })
  .meta({ id: 'Refusal' });

/** The codes that every working endpoint may answer with. */
export const REFUSALS = {
  400: refusalSchema,
  401: refusalSchema,
  403: refusalSchema,
  404: refusalSchema,
  413: refusalSchema,
  415: refusalSchema,
  429: refusalSchema,
  500: refusalSchema,
  503: refusalSchema,
  504: refusalSchema,
} as const;

const servedModelSchema = z
  .object({
    name: z.string(),
    task: z.string(),
    elements: z.array(z.string()),
    polarities: z.array(z.string()),
    digest: z.string(),
    maxInputTokens: count,
    maxGeneratedTokens: count,
    backend: z.string(),
    precision: z.string(),
  })
  .meta({ id: 'ServedModel' });

export const infoSchema = z
  .object({
    name: z.literal('fsa'),
    version: z.string(),
    models: z.array(servedModelSchema),
    limits: z.record(z.string(), z.number()),
  })
  .meta({ id: 'Info' });

export const stateSchema = z.object({ status: z.string() }).meta({ id: 'State' });

/** KServe v2, the open inference protocol: one input of strings. */
const inferInputSchema = z
  .looseObject({
    name: z.string().describe('text'),
    shape: z.array(count),
    datatype: z.string().describe('BYTES'),
    data: z.array(z.unknown()).describe('strings'),
  })
  .meta({ id: 'InferInput' });

export const inferRequestSchema = z
  .looseObject({
    id: z.string().optional(),
    inputs: z.array(inferInputSchema).min(1),
    outputs: z.array(z.looseObject({ name: z.string().describe('tuples') })).optional(),
  })
  .meta({
    id: 'InferRequest',
    examples: [
      { inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], data: ['The soup was excellent.'] }] },
    ],
  });

const inferOutputSchema = z
  .object({ name: z.string(), shape: z.array(count), datatype: z.string(), data: z.array(z.string()) })
  .meta({ id: 'InferOutput' });

export const inferAnswerSchema = z
  .object({
    id: z.string().optional(),
    model_name: z.string(),
    model_version: z.string(),
    outputs: z.array(inferOutputSchema),
  })
  .meta({ id: 'InferAnswer' });

const tensorSchema = z
  .object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) })
  .meta({ id: 'TensorMetadata' });

export const modelMetadataSchema = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(tensorSchema),
    outputs: z.array(tensorSchema),
  })
  .meta({ id: 'ModelMetadata' });

export const serverMetadataSchema = z
  .object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .meta({ id: 'ServerMetadata' });

/** What the schemas above hold under a name of its own. */
export const PARTS: readonly z.ZodType[] = [
  tupleSchema,
  predictionSchema,
  usageSchema,
  timingsSchema,
  servedModelSchema,
  inferInputSchema,
  inferOutputSchema,
  tensorSchema,
];
