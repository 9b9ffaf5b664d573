/**
 * What a job is and what it gives: the parts of `run` and `result` (messages.ts has the rules of the wire).
 */
import { z } from 'zod';

export const count = z.int().min(0);
export const path = z.string().min(1);
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const seconds = z.number().min(0);

// ---------------------------------------------------------------- what a job is

/** Where a job computes. Set in the worker's environment before it starts; repeated here for the record. */
const placement = z.strictObject({
  /** `cpu` or `cuda:0` (the worker sees only its own GPU). */
  device: z.string().regex(/^(cpu|cuda:[0-9]+)$/),
  threads: z.int().min(1),
});

/** An Arrow IPC file of rows (id, source, target), all utf8, written by the TypeScript side. */
const pairsFile = z.strictObject({ path, sha256, rows: count });

const optimizerSettings = z.strictObject({
  batchSize: z.int().min(1),
  /** Micro-batches per optimizer step. */
  accumulation: z.int().min(1),
  learningRate: z.number(),
  finalLearningRate: z.number(),
  warmupSteps: count,
  weightDecay: z.number(),
  clip: z.number(),
});

/** Says what this machine can do: devices, bf16, speed of a matrix product. */
const probeSpec = z.strictObject({ kind: z.literal('probe'), placement });

/** Tokenises pairs into a token cache; made once per content, tokenizer and lengths. */
const prepareSpec = z.strictObject({
  kind: z.literal('prepare'),
  placement,
  model: path,
  pairs: z.array(pairsFile).min(1),
  maxInputTokens: z.int().min(1),
  maxTargetTokens: z.int().min(1),
  /** `\n` becomes the added token `[NL]` (distillation). */
  newlineToken: z.boolean(),
  cacheFolder: path,
});

/** Stage one: AdamWScale, cosine schedule, validation loss; the last weights are the result. */
const distillSpec = z.strictObject({
  kind: z.literal('distill'),
  placement,
  model: path,
  /** Hash of the starting weights; workers keep a model in memory by it. */
  modelDigest: sha256,
  seed: count,
  precision: z.enum(['bf16', 'fp32']),
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
  /** The job resumes from the newest whole checkpoint in here. */
  checkpointFolder: path,
  /** Where the Hugging Face model goes. */
  modelFolder: path,
});

/** Stage two: AdamW, linear schedule, dev generation after each epoch, the best epoch tested once. */
const finetuneSpec = z.strictObject({
  kind: z.literal('finetune'),
  placement,
  model: path,
  modelDigest: sha256,
  seed: count,
  precision: z.enum(['bf16', 'fp32']),
  train: pairsFile,
  dev: pairsFile,
  test: pairsFile,
  maxInputTokens: z.int().min(1),
  maxTargetTokens: z.int().min(1),
  maxGeneratedTokens: z.int().min(1),
  generationBatchSize: z.int().min(1),
  epochs: z.int().min(1),
  optimizer: optimizerSettings,
  checkpointEveryMinutes: z.number(),
  checkpointFolder: path,
});

/** Greedy generation with a model as it is. */
const generateSpec = z.strictObject({
  kind: z.literal('generate'),
  placement,
  model: path,
  modelDigest: sha256,
  precision: z.enum(['bf16', 'fp32']),
  pairs: pairsFile,
  maxInputTokens: z.int().min(1),
  maxGeneratedTokens: z.int().min(1),
  generationBatchSize: z.int().min(1),
});

/**
 * Finds rows whose `source` is nearly that of another: candidates by MinHash and locality-sensitive hashing,
 * each held against the exact Jaccard similarity of the two sets of shingles.
 */
const nearSpec = z.strictObject({
  kind: z.literal('near'),
  placement,
  pairs: z.array(pairsFile).min(1),
  /** What the rows are held against; where empty, every row against those before it that were kept. */
  among: z.array(pairsFile),
  /** A row counts as a whole, or each of its sentences for itself. */
  unit: z.enum(['row', 'sentence']),
  /** Words in a row that make one shingle. */
  shingleWords: z.int().min(1),
  /** Least Jaccard similarity, over 0 and up to 1. */
  threshold: z.number().min(0),
  permutations: z.int().min(1),
  /** JSON lines of {row, like, similarity}; rows count from 0 over all files. */
  resultPath: path,
});

export const jobSpec = z.discriminatedUnion('kind', [
  probeSpec,
  prepareSpec,
  distillSpec,
  finetuneSpec,
  generateSpec,
  nearSpec,
]);

// ---------------------------------------------------------------- what a job gives

export const device = z.strictObject({
  /** `cpu` or `cuda:0`. */
  name: z.string(),
  description: z.string(),
  memoryBytes: count,
  freeBytes: count,
});

const probeOutput = z.strictObject({
  kind: z.literal('probe'),
  devices: z.array(device),
  bf16Works: z.boolean(),
  /** Measured rate of a 1024-cubed matrix product. */
  fp32GflopsPerSecond: z.number(),
  bf16GflopsPerSecond: z.number(),
});

const prepareOutput = z.strictObject({
  kind: z.literal('prepare'),
  folder: path,
  rows: count,
  inputTokens: count,
  targetTokens: count,
  /** Rows cut at the maximum lengths. */
  cutInputs: count,
  cutTargets: count,
  reused: z.boolean(),
  seconds,
});

const distillOutput = z.strictObject({
  kind: z.literal('distill'),
  modelFolder: path,
  /** Digest over the model folder's files. */
  modelDigest: sha256,
  steps: count,
  finalLoss: z.number(),
  validationLoss: z.number().nullable(),
  tokens: count,
  trainSeconds: seconds,
});

const finetuneOutput = z.strictObject({
  kind: z.literal('finetune'),
  bestEpoch: z.int().min(1),
  /** One text per row of the test file, by the best epoch's weights. */
  testTexts: z.array(z.string()),
  steps: count,
  tokens: count,
  trainSeconds: seconds,
  generateSeconds: seconds,
});

const generateOutput = z.strictObject({
  kind: z.literal('generate'),
  texts: z.array(z.string()),
  seconds,
});

const nearOutput = z.strictObject({
  kind: z.literal('near'),
  /** Of the file at `resultPath`. */
  sha256,
  rows: count,
  matches: count,
  /** How the hashing divides the permutations. */
  bands: z.int().min(1),
  /** Chance that a pair just at the threshold is looked at. */
  recallAtThreshold: z.number(),
  seconds,
});

export const jobOutput = z.discriminatedUnion('kind', [
  probeOutput,
  prepareOutput,
  distillOutput,
  finetuneOutput,
  generateOutput,
  nearOutput,
]);

export type JobSpec = z.infer<typeof jobSpec>;
export type JobKind = JobSpec['kind'];
export type JobOutput = z.infer<typeof jobOutput>;
export type OutputOf<Kind extends JobKind> = Extract<JobOutput, { kind: Kind }>;
export type SpecOf<Kind extends JobKind> = Extract<JobSpec, { kind: Kind }>;
export type Placement = z.infer<typeof placement>;
export type PairsFile = z.infer<typeof pairsFile>;
export type Device = z.infer<typeof device>;
