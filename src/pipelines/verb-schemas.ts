/** The options of every verb of the library, as schemas. */
import { z } from 'zod';
import { COMPARISONS, DUPLICATE_RULES, TARGET_ORDERS, TASKS } from '../tasks/vocabulary.js';
import type { InitOptions, ShowConfigOptions } from './config.js';
import type { DataCheckOptions } from './data/check.js';
import type { DataDedupeOptions } from './data/dedupe.js';
import type { DataImportOptions } from './data/import.js';
import type { DataOverlapOptions } from './data/overlap.js';
import type { DataStatsOptions } from './data/stats.js';
import type { DownloadOptions } from './download/options.js';
import type { EvaluateOptions } from './eval/prepare.js';
import type { ExportOptions } from './export/export.js';
import type { FinetuneOptions } from './finetune/finetune.js';
import type { LoadModelOptions } from './predict/load-model.js';
import type { PredictOptions } from './predict/predict.js';
import type { CardOptions } from './push/card.js';
import type { PushOptions } from './push/push.js';
import type { ReportOptions } from './report.js';
import type { RunOptions } from './run/options.js';
import type { DiffRunsOptions } from './runs/diff.js';
import type { ListRunsOptions } from './runs/list.js';
import type { ShowRunOptions } from './runs/show.js';
import type { ScoreOptions } from './score.js';
import type { SetupOptions } from './setup.js';
import type { SyncOptions } from './sync.js';
import type { TeachOptions } from './teach/types.js';

/** A field for every option of the type: one that is forgotten here does not compile. */
type Fields<T> = { readonly [Name in keyof Required<T>]: z.ZodType };

/** Made when it is asked for: a program calls few verbs, and all their schemas together take a while. */
const verbOptions =
  <T>(fields: () => Fields<T>) =>
  (): z.ZodObject =>
    z.strictObject(fields());

export const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const text = z.string().refine((value) => !value.includes('\0'), 'holds a NUL character');
const texts = z.array(text);
const flag = z.boolean().optional();
const count = z.int().min(1);
const share = z.number().min(0).max(1);
const words = z.record(z.string(), text).optional();
/** Settings are judged by their own schema, key by key. */
const settings = z.custom(isObject, 'is no object of settings').optional();
const callback = z.custom((value) => typeof value === 'function', 'is no function').optional();
const aborts = z.custom((value) => value instanceof AbortSignal, 'is no AbortSignal').optional();
const bytes = z
  .custom((value) => isObject(value) && Symbol.asyncIterator in (value as object), 'is no stream of bytes')
  .optional();

const cwd = text.optional();
const task = z.enum(TASKS);
const config = {
  preset: text.optional(),
  configFile: text.optional(),
  sets: texts.optional(),
  config: settings,
};
const run = { ...config, cwd, output: text.optional(), replace: flag, verify: flag };
const near = { exactOnly: flag, threshold: share.optional(), shingleWords: count.optional() };
const model = {
  backend: z.enum(['auto', 'onnx', 'torch']).optional(),
  task: task.optional(),
  raw: flag,
  threads: count.optional(),
  device: z.enum(['auto', 'cpu', 'cuda']).optional(),
  cwd,
};
const card = {
  model: text,
  // The verb says what is missing, and where licences are listed.
  license: text.optional(),
  languages: texts.optional(),
  name: text.optional(),
  results: texts.optional(),
  baseline: text.optional(),
  cwd,
};

const gate = z.object({ gate: text, model: text, dataset: text, passed: z.boolean(), message: text });

export const VERBS = {
  setup: verbOptions<SetupOptions>(() => ({
    python: text.optional(),
    torchIndexUrl: text.optional(),
    offlineWheels: text.optional(),
    force: flag,
    dev: flag,
    extra: z.enum(['export']).optional(),
  })),
  doctor: verbOptions<object>(() => ({})),
  download: verbOptions<DownloadOptions>(() => ({
    what: z.enum(['all', 'model', 'corpus', 'benchmark']),
    repo: text.optional(),
    revision: text.optional(),
    include: texts.optional(),
    exclude: texts.optional(),
    to: text.optional(),
    dryRun: flag,
    concurrency: count.optional(),
    offline: flag,
    force: flag,
    cwd,
  })),
  teach: verbOptions<TeachOptions>(() => ({
    ...run,
    dryRun: flag,
    reuse: texts.optional(),
    batch: flag,
    cancelBatches: flag,
    exportRequests: text.optional(),
    importAnswers: text.optional(),
  })),
  distill: verbOptions<RunOptions>(() => run),
  evaluate: verbOptions<EvaluateOptions>(() => ({
    ...run,
    task: task.optional(),
    failFast: flag,
    baseline: text.optional(),
    only: flag,
    keepModels: z.enum(['best', 'all']).optional(),
    failUnder: texts.optional(),
    noWorseThan: text.optional(),
  })),
  baseline: verbOptions<RunOptions>(() => run),
  zeroshot: verbOptions<RunOptions>(() => run),
  checkCluster: verbOptions<RunOptions>(() => run),
  finetune: verbOptions<FinetuneOptions>(() => ({
    ...run,
    model: text.optional(),
    dataset: text,
    seed: z.int().min(0).optional(),
  })),
  predict: verbOptions<PredictOptions>(() => ({
    ...model,
    model: text,
    input: text.optional(),
    inputFormat: z.enum(['text', 'jsonl', 'csv']).optional(),
    stdin: bytes,
    output: text.optional(),
    onPrediction: callback,
  })),
  exportModel: verbOptions<ExportOptions>(() => ({
    model: text,
    format: z.enum(['onnx']),
    layout: z.enum(['fsa', 'transformers-js']).optional(),
    int8: flag.optional(),
    measure: text.optional(),
    output: text,
    task: task.optional(),
    cwd,
  })),
  loadModel: verbOptions<LoadModelOptions>(() => ({ ...model, signal: aborts })),
  checkData: verbOptions<DataCheckOptions>(() => ({
    paths: texts,
    task: task.optional(),
    fix: text.optional(),
    model: text.optional(),
    onFinding: callback,
    cwd,
  })),
  describeData: verbOptions<DataStatsOptions>(() => ({
    paths: texts,
    task: task.optional(),
    model: text.optional(),
    maxInputTokens: count.optional(),
    maxTargetTokens: count.optional(),
    html: text.optional(),
    cwd,
  })),
  dedupeData: verbOptions<DataDedupeOptions>(() => ({
    paths: texts,
    to: text,
    by: z.enum(['row', 'review']).optional(),
    ...near,
    cwd,
  })),
  importData: verbOptions<DataImportOptions>(() => ({
    paths: texts.optional(),
    train: texts.optional(),
    dev: texts.optional(),
    test: texts.optional(),
    from: text.nullable().optional(),
    task: task.optional(),
    output: text.optional(),
    dryRun: flag,
    map: words,
    polarities: texts.optional(),
    columns: words,
    delimiter: text.optional(),
    encoding: text.optional(),
    repair: z.array(z.enum(['spaces'])).optional(),
    seed: z.int().optional(),
    devShare: share.optional(),
    testShare: share.optional(),
    cwd,
  })),
  findDataOverlap: verbOptions<DataOverlapOptions>(() => ({
    corpus: texts,
    benchmark: texts,
    task: task.optional(),
    ...near,
    cwd,
  })),
  score: verbOptions<ScoreOptions>(() => ({
    task,
    gold: texts,
    predictions: text,
    plainLines: flag,
    duplicates: z.enum(DUPLICATE_RULES).optional(),
    targetOrder: z.enum(TARGET_ORDERS).optional(),
    model: text.optional(),
    compare: z.enum(COMPARISONS).optional(),
    cwd,
  })),
  report: verbOptions<ReportOptions>(() => ({
    runs: texts,
    formats: z.array(z.enum(['html', 'md', 'latex', 'csv', 'json', 'junit'])).optional(),
    baseline: text.nullable().optional(),
    title: text.optional(),
    createdAt: text.optional(),
    maxMistakes: z.int().min(0).optional(),
    hardwarePricePerHour: z.number().min(0).optional(),
    gates: z.array(gate).optional(),
    output: text.optional(),
    cwd,
  })),
  makeCard: verbOptions<CardOptions>(() => ({ ...card, repo: text.optional(), output: text.optional() })),
  push: verbOptions<PushOptions>(() => ({
    ...card,
    repo: text,
    private: flag,
    message: text.optional(),
    dryRun: flag,
  })),
  listRuns: verbOptions<ListRunsOptions>(() => ({ folders: texts.optional(), cwd })),
  showRun: verbOptions<ShowRunOptions>(() => ({ run: text, cwd })),
  diffRuns: verbOptions<DiffRunsOptions>(() => ({ a: text, b: text, cwd })),
  sync: verbOptions<SyncOptions>(() => ({ run: text, track: texts.optional(), cwd })),
  initConfig: verbOptions<InitOptions>(() => ({
    file: text.optional(),
    preset: text.optional(),
    set: settings,
    cwd,
  })),
  showConfig: verbOptions<ShowConfigOptions>(() => ({ ...config, cwd })),
} as const;
