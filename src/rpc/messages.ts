/**
 * Every message between the orchestrator (TypeScript) and a worker (Python): the one source, from which
 * the JSON Schema of the Python side is generated (`npm run generate`).
 *
 * Rules of the wire: every property is always present, absent is `null`; no NaN or Infinity; no
 * refinements or transforms here, because JSON Schema cannot carry them. Weights, checkpoints and
 * datasets go by path and digest. A changed meaning of any field needs a new PROTOCOL_VERSION.
 */
import { z } from 'zod';

export const PROTOCOL_VERSION = 1;

/** Largest message either side accepts. A dev set's texts are about 0.1 MB. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

const count = z.int().min(0);
const id = z.string().min(1).max(200);
const path = z.string().min(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const seconds = z.number().min(0);

// ---------------------------------------------------------------- what a job is

/** Where a job computes. Set in the worker's environment before it starts; repeated here for the record. */
const placement = z.strictObject({
  /** `cpu` or `cuda:0` (the worker sees only its own GPU). */
  device: z.string().regex(/^(cpu|cuda:\d+)$/),
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

export const jobSpec = z.discriminatedUnion('kind', [
  probeSpec,
  prepareSpec,
  distillSpec,
  finetuneSpec,
  generateSpec,
]);

// ---------------------------------------------------------------- what a job gives

const device = z.strictObject({
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

export const jobOutput = z.discriminatedUnion('kind', [
  probeOutput,
  prepareOutput,
  distillOutput,
  finetuneOutput,
  generateOutput,
]);

// ---------------------------------------------------------------- worker → orchestrator

const hello = z.strictObject({
  type: z.literal('hello'),
  protocolVersion: z.int(),
  /** SHA-256 of the JSON Schema file the worker validates with. */
  schemaHash: sha256,
  pid: z.int().min(1),
  versions: z.strictObject({
    python: z.string(),
    torch: z.string(),
    transformers: z.string(),
    pyzmq: z.string(),
  }),
  devices: z.array(device),
});

const beatFromWorker = z.strictObject({
  type: z.literal('worker-beat'),
  sequence: count,
  jobId: id.nullable(),
  /** Grows with every unit of work: tells a slow job from a stuck one. */
  workUnits: count,
});

/** May be dropped when the other side is slow. */
const progress = z.strictObject({
  type: z.literal('progress'),
  jobId: id,
  phase: z.enum(['load', 'prepare', 'train', 'validate', 'generate', 'save']),
  done: count,
  total: count,
  epoch: z.int().min(1).nullable(),
  loss: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
});

const metricRecord = z.strictObject({
  /** Optimizer steps done, this one included. */
  step: count,
  epoch: z.int().min(1).nullable(),
  loss: z.number().nullable(),
  validationLoss: z.number().nullable(),
  learningRate: z.number().nullable(),
  /** Before clipping. */
  gradientNorm: z.number().nullable(),
  /** Real (not padding) input and target tokens of this step. */
  tokens: count,
  tokensPerSecond: z.number().nullable(),
});

/** Lines for metrics.jsonl; never dropped, sent in batches. */
const metrics = z.strictObject({
  type: z.literal('metrics'),
  jobId: id,
  records: z.array(metricRecord).min(1),
});

/** The dev set's texts after an epoch; the worker waits for the `verdict`. */
const generated = z.strictObject({
  type: z.literal('generated'),
  jobId: id,
  epoch: z.int().min(1),
  texts: z.array(z.string()),
});

/** A whole checkpoint lies on disk; everything up to `step` may now be relied on. */
const saved = z.strictObject({
  type: z.literal('saved'),
  jobId: id,
  step: count,
  path,
  manifestSha256: sha256,
});

/** Something the user should know that is no failure (halved batch, torn checkpoint skipped). */
const notice = z.strictObject({ type: z.literal('notice'), jobId: id, message: z.string() });

const result = z.strictObject({ type: z.literal('result'), jobId: id, output: jobOutput });

export const failureCodes = [
  'exception',
  'out-of-memory',
  'not-finite',
  'bad-data',
  'bad-model',
  'disk-full',
  'mismatch',
] as const;

const failed = z.strictObject({
  type: z.literal('failed'),
  jobId: id,
  code: z.enum(failureCodes),
  /** One sentence of what happened and what to do. */
  message: z.string(),
  traceback: z.string(),
  /** Whether the same job may succeed when tried again. */
  retryable: z.boolean(),
  step: count.nullable(),
});

const cancelled = z.strictObject({ type: z.literal('cancelled'), jobId: id, step: count.nullable() });

/** A message could not be understood; said by either side, never answered. */
const problem = z.strictObject({
  type: z.literal('problem'),
  message: z.string(),
  about: z.string().nullable(),
});

export const workerMessage = z.discriminatedUnion('type', [
  hello,
  beatFromWorker,
  progress,
  metrics,
  generated,
  saved,
  notice,
  result,
  failed,
  cancelled,
  problem,
]);

// ---------------------------------------------------------------- orchestrator → worker

const welcome = z.strictObject({
  type: z.literal('welcome'),
  workerId: id,
  beatSeconds: z.number(),
  lostAfterSeconds: z.number(),
});

const run = z.strictObject({ type: z.literal('run'), jobId: id, attempt: z.int().min(1), spec: jobSpec });

/** The answer to `generated`: whether this epoch is the best so far, and whether to train on. */
const verdict = z.strictObject({
  type: z.literal('verdict'),
  jobId: id,
  epoch: z.int().min(1),
  best: z.boolean(),
  stop: z.boolean(),
});

/** Ends the job within a step; with `save` a checkpoint is written first. */
const cancel = z.strictObject({ type: z.literal('cancel'), jobId: id, save: z.boolean() });

const shutdown = z.strictObject({ type: z.literal('shutdown') });

const beatFromOrchestrator = z.strictObject({ type: z.literal('orchestrator-beat'), sequence: count });

export const orchestratorMessage = z.discriminatedUnion('type', [
  welcome,
  run,
  verdict,
  cancel,
  shutdown,
  beatFromOrchestrator,
  problem,
]);

export type JobSpec = z.infer<typeof jobSpec>;
export type JobKind = JobSpec['kind'];
export type JobOutput = z.infer<typeof jobOutput>;
export type OutputOf<Kind extends JobKind> = Extract<JobOutput, { kind: Kind }>;
export type SpecOf<Kind extends JobKind> = Extract<JobSpec, { kind: Kind }>;
export type MetricRecord = z.infer<typeof metricRecord>;
export type Placement = z.infer<typeof placement>;
export type PairsFile = z.infer<typeof pairsFile>;
export type Device = z.infer<typeof device>;
export type FailureCode = (typeof failureCodes)[number];
export type WorkerMessage = z.infer<typeof workerMessage>;
export type OrchestratorMessage = z.infer<typeof orchestratorMessage>;
