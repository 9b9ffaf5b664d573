/**
 * Every message between the orchestrator (TypeScript) and a worker (Python): the one source, from which
 * the JSON Schema of the Python side is generated (`npm run generate`).
 *
 * Rules of the wire: every property is always present, absent is `null`; no NaN or Infinity; no
 * refinements or transforms here, because JSON Schema cannot carry them. Weights, checkpoints and
 * datasets go by path and digest. A changed meaning of any field needs a new PROTOCOL_VERSION.
 * Beside each message goes a header of twelve bytes (delivery.ts): no cut of the network loses what matters.
 */
import { z } from 'zod';
import { count, device, path, sha256 } from './jobs/fields.js';
import { jobOutput, jobSpec } from './jobs/registry.js';

export const PROTOCOL_VERSION = 3;

/** Largest message either side accepts. A dev set's texts are about 0.1 MB. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

const id = z.string().min(1).max(200);

/**
 * Which try at which job a message is of. Two workers may be at one job, where one was given up while it lived
 * on: only what the newest attempt says counts.
 */
const claim = {
  jobId: id,
  /** How many times an orchestrator has taken up the run. */
  term: z.int().min(1),
  /** How many times it has handed out the job. */
  attempt: z.int().min(1),
};

export type { Device, PairsFile, Placement } from './jobs/fields.js';
export type { JobKind, JobOutput, JobSpec, OutputOf, SpecOf } from './jobs/registry.js';

// ---------------------------------------------------------------- worker → orchestrator

const hello = z.strictObject({
  type: z.literal('hello'),
  protocolVersion: z.int(),
  /** SHA-256 of the JSON Schema file the worker validates with. */
  schemaHash: sha256,
  pid: z.int().min(1),
  /** The machine, as it calls itself. */
  hostname: z.string(),
  /**
   * A public key (Z85) that this worker made for itself: from now on it proves itself by that one, and the key
   * that it was given is worth nothing any more. null where it keeps that.
   */
  ownKey: z.string().nullable(),
  /** Whether it sees the orchestrator's files under their own paths; what it does not see is sent to it. */
  sharesDisk: z.boolean(),
  /** What is free where it keeps what is sent to it; null where nothing is. */
  roomBytes: z.int().min(0).nullable(),
  versions: z
    .strictObject({
      python: z.string(),
      torch: z.string(),
      transformers: z.string(),
      pyzmq: z.string(),
      /** SHA-256 of the lock that its runtime was made from; null where `fsa setup` did not make it. */
      lock: sha256.nullable(),
    })
    .meta({ title: 'Versions' }),
  devices: z.array(device),
});

const heartbeatFromWorker = z.strictObject({
  type: z.literal('worker-heartbeat'),
  sequence: count,
  jobId: id.nullable(),
  /** Grows with every unit of work: tells a slow job from a stuck one. */
  workUnits: count,
});

/** What a job is at. */
const phases = ['load', 'prepare', 'train', 'validate', 'generate', 'save'] as const;

/** May be dropped when the other side is slow. */
const progress = z.strictObject({
  type: z.literal('progress'),
  ...claim,
  phase: z.enum(phases).meta({ title: 'Phase' }),
  done: count,
  total: count,
  epoch: z.int().min(1).nullable(),
  loss: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
});

export const metricRecord = z
  .strictObject({
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
  })
  .meta({ title: 'MetricRecord' });

/** Lines for metrics.jsonl; never dropped, sent in batches. */
const metrics = z.strictObject({
  type: z.literal('metrics'),
  ...claim,
  records: z.array(metricRecord).min(1),
});

/** The dev set's texts after an epoch; the worker waits for the `epoch-decision`. */
const generated = z.strictObject({
  type: z.literal('generated'),
  ...claim,
  epoch: z.int().min(1),
  texts: z.array(z.string()),
});

/**
 * A whole checkpoint lies on disk. What it stands on was sent before; until `recorded` says that this was written
 * down, the worker keeps an older one that can be gone on from.
 */
const saved = z.strictObject({
  type: z.literal('saved'),
  ...claim,
  step: count,
  path,
  manifestSha256: sha256,
});

/** Something the user should know that is no failure (halved batch, torn checkpoint skipped). */
const notice = z.strictObject({ type: z.literal('notice'), ...claim, message: z.string() });

const result = z.strictObject({ type: z.literal('result'), ...claim, output: jobOutput });

const failureCodes = [
  'exception',
  'out-of-memory',
  'not-finite',
  'bad-data',
  'bad-model',
  'disk-full',
  'mismatch',
  /** One of the processes that train together has ended, or does not answer. */
  'rank-lost',
] as const;

const failed = z.strictObject({
  type: z.literal('failed'),
  ...claim,
  code: z.enum(failureCodes).meta({ title: 'FailureCode' }),
  /** One sentence of what happened and what to do. */
  message: z.string(),
  traceback: z.string(),
  /** Whether the same job may succeed when tried again. */
  retryable: z.boolean(),
  step: count.nullable(),
});

const cancelled = z.strictObject({ type: z.literal('cancelled'), ...claim, step: count.nullable() });

/** The machine will soon be taken away: save, and hand the job over. */
const leaving = z.strictObject({
  type: z.literal('leaving'),
  reason: z.enum(['time-limit', 'preempted']).meta({ title: 'LeavingReason' }),
  /** How long there still is; null where nobody said. */
  seconds: z.number().min(0).nullable(),
});

/** A message could not be understood; said by either side, never answered. */
const protocolError = z.strictObject({
  type: z.literal('protocol-error'),
  message: z.string(),
  about: z.string().nullable(),
});

export const workerMessage = z.discriminatedUnion('type', [
  hello,
  heartbeatFromWorker,
  progress,
  metrics,
  generated,
  saved,
  notice,
  result,
  failed,
  cancelled,
  leaving,
  protocolError,
]);

// ---------------------------------------------------------------- orchestrator → worker

const welcome = z.strictObject({
  type: z.literal('welcome'),
  workerId: id,
  heartbeatSeconds: z.number(),
  /** How often a job tells of its progress and sends its records, at most: the more workers, the less often. */
  reportSeconds: z.number(),
});

const run = z.strictObject({ type: z.literal('run'), ...claim, spec: jobSpec });

/** The answer to `generated`: whether this epoch is the best so far, and whether to train on. */
const epochDecision = z.strictObject({
  type: z.literal('epoch-decision'),
  ...claim,
  epoch: z.int().min(1),
  best: z.boolean(),
  stop: z.boolean(),
});

/**
 * The answer to `saved`: everything that the job said before it is written down. (That a message came is told by the
 * header of the next: it may still be lost with whoever received it.)
 */
const recorded = z.strictObject({ type: z.literal('recorded'), ...claim, step: count });

/** Ends the job within a step; with `save` a checkpoint is written first. */
const cancel = z.strictObject({ type: z.literal('cancel'), ...claim, save: z.boolean() });

const shutdown = z.strictObject({ type: z.literal('shutdown') });

const heartbeatFromOrchestrator = z.strictObject({
  type: z.literal('orchestrator-heartbeat'),
  sequence: count,
});

export const orchestratorMessage = z.discriminatedUnion('type', [
  welcome,
  run,
  epochDecision,
  recorded,
  cancel,
  shutdown,
  heartbeatFromOrchestrator,
  protocolError,
]);

export type JobClaim = z.infer<z.ZodObject<typeof claim>>;
export type MetricRecord = z.infer<typeof metricRecord>;
export type FailureCode = (typeof failureCodes)[number];
export type WorkerMessage = z.infer<typeof workerMessage>;
export type OrchestratorMessage = z.infer<typeof orchestratorMessage>;
