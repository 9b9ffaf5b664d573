/** What lies in a run folder, as zod schemas: files are untrusted, also our own after a crash. */
import { z } from 'zod';
import { CAUSES } from '../scoring/analysis/causes.js';
import { fileSealSchema } from '../storage/file-seal.js';
import { COMPARISONS, COUNTINGS, DUPLICATE_RULES, ELEMENTS, SUBSETS, TASKS } from '../tasks/vocabulary.js';

const metrics = z.object({
  /** Null over nothing. */
  precision: z.number().nullable(),
  recall: z.number().nullable(),
  f1: z.number().nullable(),
  correct: z.int(),
  predicted: z.int(),
  gold: z.int(),
  sentences: z.int(),
  malformed: z.int(),
  duplicates: z.enum(DUPLICATE_RULES),
  /** Results of before this field was there have the published count. */
  counting: z.enum(COUNTINGS).default('published'),
});

/** What a model's tokenizer leaves of one split; see scoring/reach.ts. */
const splitReach = z.object({
  sentences: z.int(),
  targets: z.int(),
  survivingTargets: z.int(),
  tuples: z.int(),
  reachableTuples: z.int(),
  ceilingF1: z.number().nullable(),
  lost: z.array(z.object({ id: z.string(), target: z.string(), written: z.string() })).readonly(),
  cutInputs: z.int(),
  tuplesBehindCut: z.int(),
  cutTargets: z.int(),
});

const partCounts = z.object({
  name: z.string(),
  correct: z.int(),
  predicted: z.int(),
  found: z.int(),
  gold: z.int(),
});
const causeCounts = z.array(z.object({ cause: z.enum(CAUSES), count: z.int() })).readonly();

/** Why a score is what it is; see scoring/analysis/analyse.ts. */
const analysis = z.object({
  wrong: causeCounts,
  missed: causeCounts,
  byPolarity: z.array(partCounts).readonly(),
  byCategory: z.array(partCounts).readonly(),
  byForm: z.array(partCounts).readonly(),
  byAmount: z.array(partCounts.extend({ sentences: z.int() })).readonly(),
  parts: z.array(partCounts).readonly(),
  polarityPairs: z.array(z.object({ gold: z.string(), predicted: z.string(), count: z.int() })).readonly(),
});

/** One model × dataset × seed × train share. */
const cellKey = {
  jobId: z.string(),
  model: z.string(),
  task: z.enum(TASKS),
  dataset: z.string(),
  seed: z.int(),
  trainShare: z.number(),
};

/** A cell that is finished. */
export const cellResultSchema = z.object({
  ...cellKey,
  /** 1-based; 0 where nothing was fine-tuned. */
  bestEpoch: z.int(),
  /** Dev micro-F1 after each epoch. */
  devF1: z.array(z.number()),
  subsets: z.partialRecord(z.enum(SUBSETS), metrics),
  /** The count of the literature over the same predictions; absent in older results. */
  literature: z.partialRecord(z.enum(SUBSETS), metrics).optional(),
  /** What stands behind the scores; absent in older results. */
  analysis: z.partialRecord(z.enum(SUBSETS), analysis).optional(),
  /** How predictions were compared with gold; absent in older results. */
  compare: z.enum(COMPARISONS).optional(),
  /** What the model's tokenizer leaves of the dataset; absent in older results. */
  reach: z.object({ train: splitReach, dev: splitReach, test: splitReach }).optional(),
  /** Gold tuples of the test set that no prediction can find; absent in older results. */
  unreachableGold: z.int().optional(),
  /** The labels of the dataset; absent where they are the four usual ones. */
  polarities: z.array(z.string()).optional(),
  /** Absent where the model was fine-tuned. */
  kind: z.enum(['in-context']).optional(),
  /** How a language model was asked. */
  inContext: z.object({ shots: z.int(), demos: z.string(), form: z.string().optional() }).optional(),
  /** What a thousand test sentences take; absent in older results. */
  usage: z
    .object({
      /** At the throughput of the run: with as many sentences at once as it had. */
      secondsPerThousand: z.number().nullable(),
      /** Null where nothing is paid by the token, or no price is known. */
      usdPerThousand: z.number().nullable(),
      inputTokensPerThousand: z.number().nullable(),
      outputTokensPerThousand: z.number().nullable(),
      /** Of one request. */
      p50Ms: z.number().nullable(),
      p95Ms: z.number().nullable(),
      /** Sentences without an answer: they count as empty predictions. */
      unanswered: z.int(),
    })
    .optional(),
  device: z.string(),
  threads: z.int(),
  seconds: z.number(),
});
export type CellResult = z.infer<typeof cellResultSchema>;

/** results.json of an eval: finished cells, and those that are planned but have no numbers (yet). */
export const resultsFileSchema = z.object({
  schema: z.literal(1),
  cells: z.array(cellResultSchema),
  missing: z.array(
    z.object({
      ...cellKey,
      /** Why: `not run yet`, or the failure in one sentence. */
      reason: z.string(),
    }),
  ),
});
export type ResultsFile = z.infer<typeof resultsFileSchema>;

/** One line of predictions.jsonl: one test sentence of a cell. */
export const predictionLineSchema = z.object({
  id: z.string(),
  /** The review that the sentence is from, where the dataset says it apart from the id. */
  review: z.string().optional(),
  sentence: z.string(),
  gold: z.string(),
  /** Gold as it is counted; older files have the target sequence alone. */
  goldTuples: z.array(z.partialRecord(z.enum(ELEMENTS), z.string().nullable())).optional(),
  text: z.string(),
  subsets: z.array(z.enum(SUBSETS)),
});
export type PredictionLine = z.infer<typeof predictionLineSchema>;

/** By what and on what a run was made. */
const makerSchema = z.object({
  fsaVersion: z.string(),
  /** Of fsa, where it ran from a clone; `+` behind it where files differed. */
  commit: z.string().nullable(),
  processor: z.string(),
  processors: z.int(),
  gpus: z.array(z.string()),
  memoryBytes: z.int(),
});
export type Maker = z.infer<typeof makerSchema>;

/** run.json: what was asked for and what it stands on. */
export const runFileSchema = z.object({
  schema: z.literal(1),
  kind: z.enum(['distill', 'eval', 'teach', 'baseline', 'zeroshot']),
  name: z.string(),
  createdAt: z.string(),
  fsaVersion: z.string(),
  /** The resolved configuration. */
  config: z.record(z.string(), z.unknown()),
  /** The settings that change results; another value of any of them is another run. */
  identity: z.record(z.string(), z.unknown()),
  /** SHA-256 of everything that the result depends on, by what it is (a data file, the lock, a model). */
  hashes: z.record(z.string(), z.string()),
  versions: z.record(z.string(), z.string()),
  device: z.string(),
  /** Facts the report states: sizes of the data, overlaps left in, synthetic data. */
  notes: z.array(z.string()),
  /** How the run was made, and on what; absent in folders of older versions. */
  made: makerSchema
    .omit({ fsaVersion: true })
    .extend({
      /** As typed, one for each different command that added to the folder. */
      commands: z.array(z.string()),
      /** Other versions and machines that did part of it. */
      earlier: z.array(makerSchema).optional(),
    })
    .optional(),
  /** What was asked of the report; absent in folders of older versions. */
  report: z.object({ baseline: z.string().nullable() }).optional(),
  /** Files that the run read, by path: while they fit, nothing is read again. Absent in older folders. */
  sources: z.record(z.string(), fileSealSchema).optional(),
});
export type RunFile = z.infer<typeof runFileSchema>;

/** What a finished distillation says of itself. */
export const distilledSchema = z.object({
  modelDigest: z.string(),
  steps: z.int(),
  /** Of the last optimizer step, mean over its target tokens as section 3 of the paper weighs them. */
  finalLoss: z.number(),
  validationLoss: z.number().nullable(),
  tokens: z.int(),
  trainSeconds: z.number(),
});
export type Distilled = z.infer<typeof distilledSchema>;

/** jobs/<id>/state.json. */
export const jobStateSchema = z.object({
  schema: z.literal(1),
  /** Of the schema that it was written under; see runs/finished-state.ts. Absent in older folders. */
  form: z.string().optional(),
  jobId: z.string(),
  label: z.string(),
  status: z.enum(['running', 'done', 'failed', 'cancelled']),
  attempts: z.int(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** Dev micro-F1 after each epoch so far; what a resumed job's verdicts go on from. */
  devF1: z.array(z.number()),
  /** What the cell stands on; see runs/basis.ts. Absent in older folders, and where there is no result of a cell. */
  basis: z.string().optional(),
  /** The result of a finished cell; null for a distillation. */
  cell: cellResultSchema.nullable(),
  /** The result of a finished distillation; null for a cell. */
  distilled: distilledSchema.nullable(),
  /** What a finished job left, by path below the run folder; null where an older version sealed nothing. */
  outputs: z.record(z.string(), fileSealSchema).nullable().default(null),
  updatedAt: z.string(),
});
export type JobState = z.infer<typeof jobStateSchema>;
