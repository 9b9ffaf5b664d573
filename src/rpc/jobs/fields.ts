/**
 * Fields that several messages and job kinds share. Every object has a `title`: the name of its type in Python
 * (scripts/lib/typed-dicts.mjs).
 */
import { z } from 'zod';

export const count = z.int().min(0);
export const path = z.string().min(1);
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const seconds = z.number().min(0);
export const precision = z.enum(['bf16', 'fp32']).meta({ title: 'Precision' });

/**
 * Marks a field that decides a training's result, and says what people call it. Said once, here at the field's
 * schema: Python makes a checkpoint's identity of the marked fields (fsa_runtime/train/identity.py).
 */
export function decides<T extends z.ZodType>(name: string, field: T): T {
  return field.meta({ decides: name });
}

/**
 * Marks a path that a job writes to: where a worker does not see our disk, it is this that comes back from there.
 * A training reads its checkpoints back from such a place.
 */
export function written<T extends z.ZodType>(field: T): T {
  return field.meta({ written: true });
}

/** Marks a path for what may be kept from job to job, and made again. */
export function cache<T extends z.ZodType>(field: T): T {
  return field.meta({ cache: true });
}

/** Where a job computes. Set in the worker's environment before it starts; repeated here for the record. */
export const placement = z
  .strictObject({
    /** `cpu` or `cuda:0` (the worker sees only its own GPU). */
    device: z.string().regex(/^(cpu|cuda:[0-9]+)$/),
    threads: z.int().min(1),
  })
  .meta({ title: 'Placement' });

/** A file of a model by its name in the folder, and what it held when the job was planned. */
const modelFile = z.strictObject({ name: z.string().min(1), sha256 }).meta({ title: 'ModelFile' });

/** The model of a job: a folder, and every file in it that decides what it computes. No other file is read. */
export const modelFields = {
  model: path,
  modelFiles: z.array(modelFile).min(1),
};

/** An Arrow IPC file of rows (id, source, target), all utf8, written by the TypeScript side. */
export const pairsFile = z.strictObject({ path, sha256, rows: count }).meta({ title: 'PairsFileSpec' });

const optimizerSettings = z
  .strictObject({
    batchSize: decides('batchSize', z.int().min(1)),
    /** Micro-batches per optimizer step. */
    accumulation: decides('accumulation', z.int().min(1)),
    learningRate: decides('learningRate', z.number()),
    finalLearningRate: decides('finalLearningRate', z.number()),
    warmupSteps: decides('warmupSteps', count),
    weightDecay: decides('weightDecay', z.number()),
    clip: decides('clip', z.number()),
  })
  .meta({ title: 'OptimizerSettings' });

/** What both trainings are told. */
export const trainingFields = {
  placement,
  ...modelFields,
  /** Hash of the starting weights; workers keep a model in memory by it. */
  modelDigest: decides('starting weights', sha256),
  seed: decides('seed', count),
  precision: decides('precision', precision),
  maxInputTokens: decides('maxInputTokens', z.int().min(1)),
  maxTargetTokens: decides('maxTargetTokens', z.int().min(1)),
  optimizer: optimizerSettings,
  checkpointEveryMinutes: z.number(),
  /** The job resumes from the newest whole checkpoint in here that is not ahead of the records. */
  checkpointFolder: written(path),
  /** The last optimizer step up to which all records are on disk; 0 where there are none. */
  lastRecordedStep: count,
};

export const device = z
  .strictObject({
    /** `cpu` or `cuda:0`. */
    name: z.string(),
    description: z.string(),
    memoryBytes: count,
    freeBytes: count,
  })
  .meta({ title: 'Device' });

export type Placement = z.infer<typeof placement>;
export type PairsFile = z.infer<typeof pairsFile>;
export type Device = z.infer<typeof device>;
