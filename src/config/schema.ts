/**
 * Every setting of fsa with its bounds. Values are filled from a preset, then `fsa.yaml`, then
 * `--set` and the named flags; the result is always complete.
 */
import { z } from 'zod';
import { DUPLICATE_RULES, TARGET_ORDERS } from './vocabulary.js';

const positiveInt = z.int().min(1);
const fraction = z.number().gt(0).max(1);
const learningRate = z.number().gt(0).max(1);
const precision = z.enum(['bf16', 'fp32']);

/** Stage one: learn the teacher's answers (section 3 of the paper). */
export const distillSchema = z.strictObject({
  /** Corpus files, folders or globs. */
  corpus: z.array(z.string()),
  /** A held-out corpus file; null takes `validationShare` of the corpus instead. */
  validation: z.string().nullable(),
  validationShare: z.number().min(0).max(0.5),
  /** Leave out corpus rows that contain a benchmark sentence. */
  dropOverlaps: z.boolean(),
  /** Optimizer steps. */
  steps: positiveInt,
  /** Examples per micro-batch; the loss is the mean over a micro-batch's target tokens. */
  batchSize: positiveInt,
  /** Micro-batches per optimizer step. */
  accumulation: positiveInt,
  learningRate,
  /** Where the cosine ends. */
  finalLearningRate: z.number().min(0).max(1),
  warmupSteps: z.int().min(0),
  weightDecay: z.number().min(0),
  /** Largest norm of the gradient. */
  clip: z.number().gt(0),
  precision,
  maxInputTokens: positiveInt,
  maxTargetTokens: positiveInt,
  validateEverySteps: positiveInt,
  validationBatchSize: positiveInt,
  checkpointEverySteps: positiveInt,
  /** Also save when this many minutes have passed since the last checkpoint. */
  checkpointEveryMinutes: z.number().gt(0),
  /** Checkpoints kept. */
  keepCheckpoints: positiveInt,
});

/** Stage two: fine-tune on a benchmark and measure (section 4 of the paper). */
export const evalSchema = z.strictObject({
  /** Name in the tables to hub id, folder or run folder. */
  models: z.record(z.string(), z.string()),
  /** `atsa/rest14`, or the path of a dataset folder. */
  datasets: z.array(z.string()),
  seeds: z.array(z.int().min(0).max(0xffff_ffff)),
  /** Shares of the training data; each is one more cell per model, dataset and seed. */
  trainShare: z.array(fraction),
  /** 0 measures the models as they are, without fine-tuning. */
  epochs: z.int().min(0),
  batchSize: positiveInt,
  generationBatchSize: positiveInt,
  learningRate,
  weightDecay: z.number().min(0),
  clip: z.number().gt(0),
  precision,
  maxInputTokens: positiveInt,
  maxTargetTokens: positiveInt,
  maxGeneratedTokens: positiveInt,
  /** `text`: terms in the order of the sentence; `reference`: the published order of offset strings. */
  targetOrder: z.enum(TARGET_ORDERS),
  /** `each` is the published metric. */
  duplicates: z.enum(DUPLICATE_RULES),
  /** Workers at once on the CPU; on GPUs `perGpu` for each GPU, at most this many. */
  parallel: positiveInt,
  perGpu: positiveInt,
  checkpointEveryMinutes: z.number().gt(0),
});

export const configSchema = z.strictObject({
  /** The student: hub id, folder, or run folder of a distillation. */
  model: z.string(),
  seed: z.int().min(0).max(0xffff_ffff),
  /** `auto` takes the GPUs where there are any. */
  device: z.enum(['auto', 'cpu', 'cuda']),
  /** CPU threads per worker; null divides the cores evenly among the workers. */
  threads: positiveInt.nullable(),
  distill: distillSchema,
  eval: evalSchema,
});

export type Config = z.infer<typeof configSchema>;
export type DistillConfig = Config['distill'];
export type EvalConfig = Config['eval'];
