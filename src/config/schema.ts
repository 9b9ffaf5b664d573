/**
 * Every setting of fsa with its bounds and meaning. Values are filled from a preset, then `fsa.yaml`, then
 * `--set` and the named flags; the result is always complete.
 */
import { z } from 'zod';
import { clusterSchema } from './cluster.js';
import { axis, decidesNothing } from './deciding.js';
import { answerTokens, baselineSchema, zeroshotSchema } from './prompting-schema.js';
import { COMPARISONS, DUPLICATE_RULES, TARGET_ORDERS } from '../tasks/vocabulary.js';

const positiveInt = z.int().min(1);
const fraction = z.number().gt(0).max(1);
const learningRate = z.number().gt(0).max(1).describe('peak learning rate');
const precision = z.enum(['bf16', 'fp32']).describe('bf16 is mixed precision: weights stay in fp32');
const seed = z.int().min(0).max(0xffff_ffff);
const clip = z.number().gt(0).describe('largest norm of the gradient');
const minutes = z.number().gt(0);

/** Stage one: learn the teacher's answers (section 3 of the paper). */
export const distillSchema = z.strictObject({
  corpus: decidesNothing(z.array(z.string()).describe('corpus files, folders or globs')),
  validation: decidesNothing(
    z.string().nullable().describe('held-out corpus file; null takes validationShare instead'),
  ),
  validationShare: z.number().min(0).max(0.5).describe('share of the corpus held out for validation'),
  dropOverlaps: z.boolean().describe('leave out corpus rows that contain a benchmark sentence'),
  badRows: decidesNothing(
    z
      .enum(['skip', 'refuse'])
      .describe('corpus rows without a usable review or answer: left out and counted, or an error'),
  ),
  steps: positiveInt.describe('optimizer steps'),
  batchSize: positiveInt.describe('examples per micro-batch, over whose target tokens the loss is a mean'),
  accumulation: positiveInt.describe('micro-batches per optimizer step'),
  ranks: decidesNothing(
    positiveInt.max(64).describe('processes that train the student together, each on a GPU of its own'),
  ),
  // A step in one piece is no choice of anybody's: `pipelines/distill/shards.ts` names it where it decides.
  shards: decidesNothing(
    positiveInt
      .nullable()
      .describe(
        'pieces of a step to deal to ranks, at least as many; null takes the ranks of the first start',
      ),
  ),
  learningRate,
  finalLearningRate: z.number().min(0).max(1).describe('where the cosine ends'),
  warmupSteps: z.int().min(0).describe('steps of linear warm-up, from half the learning rate'),
  weightDecay: z.number().min(0).describe('weight decay of AdamWScale'),
  clip,
  precision,
  maxInputTokens: positiveInt.describe('longer reviews are cut here'),
  maxTargetTokens: positiveInt.describe('longer answers are cut here'),
  validateEverySteps: positiveInt.describe('optimizer steps between validations'),
  validationBatchSize: positiveInt.describe('examples per batch of a validation'),
  checkpointEverySteps: decidesNothing(positiveInt.describe('optimizer steps between checkpoints')),
  checkpointEveryMinutes: decidesNothing(minutes.describe('also save when the last checkpoint is this old')),
  keepCheckpoints: decidesNothing(positiveInt.describe('checkpoints kept')),
});

/** Stage two: fine-tune on a benchmark and measure (section 4 of the paper). */
export const evalSchema = z.strictObject({
  models: axis(z.record(z.string(), z.string()).describe('name in the tables: hub id, folder or run folder')),
  datasets: axis(
    z
      .array(z.string())
      .describe('datasets (atsa/rest14 and the like), or paths of dataset folders or annotated files'),
  ),
  seeds: axis(z.array(seed).describe('one cell per model, dataset and seed')),
  trainShare: axis(z.array(fraction).describe('shares of the training data, each one more cell')),
  epochs: z.int().min(0).describe('0 measures the models as they are, without fine-tuning'),
  batchSize: positiveInt.describe('sentences per training step'),
  generationBatchSize: positiveInt.describe('sentences generated at once'),
  learningRate,
  weightDecay: z.number().min(0).describe('weight decay of AdamW, on every parameter'),
  clip,
  precision,
  maxInputTokens: positiveInt.describe('longer sentences are cut here'),
  maxTargetTokens: positiveInt.describe('longer targets are cut here'),
  maxGeneratedTokens: positiveInt
    .nullable()
    .describe('generation stops here; null takes what the task needs: 100, or 160 for tuple tasks'),
  targetOrder: z
    .enum(TARGET_ORDERS)
    .describe('terms by position, or in the published order of offset strings'),
  duplicates: z
    .enum(DUPLICATE_RULES)
    .describe('how often a repeated pair counts; each is the published metric'),
  compare: z
    .enum(COMPARISONS)
    .describe("gold as it is, or sentence and gold after the model's tokenizer wrote them"),
  parallel: decidesNothing(positiveInt.describe('workers at once; on GPUs at most perGpu on each')),
  perGpu: decidesNothing(positiveInt.describe('workers that share one GPU')),
  checkpointEveryMinutes: decidesNothing(minutes.describe('minutes between checkpoints of a cell')),
});

/** A dollar for each token; more is a slip of the unit. */
const price = z.number().min(0).max(1e6).nullable();

const priceSchema = z.strictObject({
  input: price.describe('US dollars for a million input tokens; null takes the published price'),
  output: price.describe('US dollars for a million output tokens'),
  cachedInput: price.describe('US dollars for a million input tokens that the server had cached'),
});

/** A week: timers count milliseconds in 31 bits. */
const LONGEST_SECONDS = 7 * 24 * 3600;

/** A language model: who is asked, how fast, and what it costs. */
export const llmSchema = z.strictObject({
  model: z
    .string()
    .nullable()
    .describe('openai:gpt-4o-mini, ollama:llama3.2, https://host/v1#model; with baseUrl the name alone'),
  baseUrl: z
    .string()
    .nullable()
    .describe('address of an OpenAI-compatible server; null takes the one of model'),
  keyFrom: z
    .string()
    .nullable()
    .describe('environment variable that holds the key; null takes the usual one'),
  name: z.string().nullable().describe('name of the server in the keys of answers; null takes its host'),
  prefill: z
    .enum(['auto', 'off', 'continue', 'prefix'])
    .describe('how an answer is begun for the model; auto does what the known servers can'),
  requestsPerMinute: positiveInt.nullable().describe('what the account allows; null does not limit'),
  tokensPerMinute: positiveInt.nullable().describe('what the account allows; null does not limit'),
  concurrency: positiveInt.max(1024).describe('requests under way at once'),
  timeoutSeconds: z
    .number()
    .gt(0)
    .max(LONGEST_SECONDS)
    .describe('a request that receives nothing for so long is given up'),
  maxAttempts: positiveInt.describe('failures of one question before it is given up'),
  contextTokens: positiveInt
    .nullable()
    .describe('what the model takes in and gives out together; longer questions are not asked'),
  maxWaitSeconds: z.number().min(0).max(LONGEST_SECONDS).describe('longest pause a server may ask for'),
  structured: z
    .enum(['auto', 'off'])
    .describe('hold short answers to a JSON schema (response_format) where the server does so'),
  batchPollSeconds: z
    .number()
    .gt(0)
    .max(LONGEST_SECONDS)
    .describe('a batch under way is asked after this often'),
  batchRows: positiveInt.max(50_000).describe('most questions in one batch'),
  price: priceSchema.extend({
    batchFactor: z
      .number()
      .gt(0)
      .max(1)
      .nullable()
      .describe(
        'share of the price that a batch costs; null takes half where the server is known to give it',
      ),
  }),
});

/** The corpus: which reviews a teacher is asked about, how, and what is kept of its answers. */
export const teachSchema = z.strictObject({
  reviews: z.array(z.string()).describe('files, folders or globs of reviews: JSON lines, CSV or Parquet'),
  kinds: z.array(z.enum(['analysis', 'rewrite'])).describe('what is asked about each review'),
  domain: z
    .string()
    .regex(/^[\w-]+$/)
    .describe('restaurant, laptop, or the name of your own'),
  demonstrations: z
    .string()
    .nullable()
    .describe('JSON lines with your own demonstrations; null takes those of the domain'),
  temperature: z.number().min(0).max(2).describe('0 always takes the likeliest word'),
  maxAnswerTokens: answerTokens.describe('answers end here'),
  limit: positiveInt.nullable().describe('reviews asked about; null asks about all'),
  budget: z.number().gt(0).nullable().describe('US dollars that are never exceeded; null does not limit'),
  maxTokens: positiveInt.nullable().describe('tokens that are never exceeded; null does not limit'),
  dropOverlaps: z
    .boolean()
    .describe('ask nothing about reviews that hold a dev or test sentence of eval.datasets'),
  shardRows: positiveInt.describe('rows in one file of answers or corpus'),
  answerField: z
    .string()
    .regex(/^\w[\w.-]*_response$/)
    .describe('name of the answers in the corpus'),
  filters: z.strictObject({
    cut: z.enum(['drop', 'trim', 'keep']).describe('answers that reached maxAnswerTokens'),
    wrapped: z
      .enum(['trim', 'drop', 'keep'])
      .describe('a line of courtesy before an answer ("Sure! Here is ...:"), a fence around it'),
    runsOn: z.enum(['trim', 'drop', 'keep']).describe('text after the last block of an analysis'),
    offScale: z.enum(['map', 'drop', 'keep']).describe('labels that are not on the scale of five'),
    copy: z.enum(['drop', 'keep']).describe('rewritings that repeat the review'),
    tooShort: z.enum(['drop', 'keep']).describe('rewritings of less than half the words of the review'),
    stars: z.enum(['drop', 'keep']).describe('analyses whose summed strength contradicts the stars'),
  }),
  judge: z.strictObject({
    model: z
      .string()
      .nullable()
      .describe('second model that grades every answer from 1 to 5, named as llm.model is; null asks nobody'),
    minScore: z
      .int()
      .min(1)
      .max(5)
      .nullable()
      .describe('answers with a lower grade are dropped; null only counts grades'),
    keyFrom: z
      .string()
      .nullable()
      .describe("environment variable that holds the key of the judge's server; null takes the usual one"),
    price: priceSchema,
  }),
});

/** `fsa serve`: a student behind HTTP. */
export const serveSchema = z.strictObject({
  host: z.string().describe('address to listen on; 0.0.0.0 is every one of this machine'),
  port: z.int().min(0).max(65_535).describe('port to listen on; 0 takes a free one'),
  allowedHosts: z.array(z.string()).describe('host names answered to on loopback besides its own'),
  maxBatchTexts: positiveInt.describe('texts that the model sees together'),
  maxWaitingTexts: positiveInt.describe('texts that may wait; more are refused with 429'),
  maxTextsPerRequest: positiveInt.describe('texts in one request'),
  maxTextCharacters: positiveInt.describe('characters of a text'),
  maxBodyKib: positiveInt.describe('KiB of a request'),
  deadlineSeconds: z.number().gt(0).describe('a request without an answer by then gets 504'),
  requestSeconds: z.number().gt(0).describe('a client has so long to send its request'),
  drainSeconds: z.number().min(0).describe('on SIGTERM, so long it answers on while /ready says no'),
  graceSeconds: z.number().min(0).describe('and so long it then waits for the requests under way'),
});

export const configSchema = z.strictObject({
  model: z.string().describe('the student: hub id, folder, or run folder of a distillation'),
  seed: seed.describe('seed of the distillation'),
  device: z.enum(['auto', 'cpu', 'cuda']).describe('auto takes the GPUs where there are any'),
  threads: positiveInt.nullable().describe('CPU threads per worker; null divides the cores evenly'),
  distill: distillSchema,
  eval: evalSchema,
  llm: llmSchema,
  teach: teachSchema,
  baseline: baselineSchema,
  zeroshot: zeroshotSchema,
  serve: serveSchema,
  cluster: clusterSchema,
  track: z
    .array(z.string())
    .describe('trackers that follow a run: mlflow=URL, tensorboard, tensorboard=FOLDER, webhook=URL, otel'),
});

export type { Config } from './config.js';
