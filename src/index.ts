/**
 * The library. Every verb takes one options object; the long ones return a run: awaitable for its result,
 * async-iterable for typed events, cancelled by `signal` or by leaving the loop. Nothing prints, nothing exits.
 *
 * Importing this file starts nothing and loads no verb: what a verb needs (sockets, Arrow, charts) comes with
 * its first call.
 */
import type { DataCheckOptions, DataCheckResult } from './pipelines/data/check.js';
import type { DataDedupeOptions, DataDedupeResult } from './pipelines/data/dedupe.js';
import type { DataOverlapOptions, DataOverlapResult } from './pipelines/data/overlap.js';
import type { DataStatsOptions } from './pipelines/data/stats.js';
import type { DataStatsResult } from './pipelines/data/stats-result.js';
import type { DistillOptions, DistillResult } from './pipelines/distill/distill.js';
import type { DoctorOptions, DoctorReport } from './pipelines/doctor/doctor.js';
import type { DownloadOptions, DownloadSummary } from './pipelines/download/download.js';
import type { EvaluateOptions, EvaluateResult } from './pipelines/eval/evaluate.js';
import type { ReportOptions, ReportResult } from './pipelines/report.js';
import { startRun, type Run } from './pipelines/run/run-handle.js';
import type { ScoreOptions, ScoreResult } from './pipelines/score.js';
import type { SetupOptions } from './pipelines/setup.js';
import type { Runtime } from './runtime/locate.js';

export type { Config } from './config/schema.js';
export type { PresetName } from './config/presets.js';
export type { DuplicateRule, Polarity, SubsetName, TargetOrder, Task } from './tasks/vocabulary.js';
export { FsaError, isFsaError, type ErrorCode } from './errors.js';
export type { FsaEvent, JobProgress } from './events.js';
export type { FailedCell } from './pipelines/eval/evaluate.js';
export type { ReportFormat } from './pipelines/report.js';
export type { CellResult, ResultsFile, RunFile } from './runs/types.js';
export type { Metrics } from './scoring/types.js';
export type {
  DataCheckOptions,
  DataCheckResult,
  DataDedupeOptions,
  DataDedupeResult,
  DataOverlapOptions,
  DataOverlapResult,
  DataStatsOptions,
  DataStatsResult,
  DistillOptions,
  DistillResult,
  DoctorOptions,
  DoctorReport,
  DownloadOptions,
  DownloadSummary,
  EvaluateOptions,
  EvaluateResult,
  ReportOptions,
  ReportResult,
  Run,
  Runtime,
  ScoreOptions,
  ScoreResult,
  SetupOptions,
};

/** Creates the pinned Python runtime where it is not there yet. */
export function setup(options: Omit<SetupOptions, 'emit'> = {}): Run<Runtime> {
  return startRun(options.signal, async (work) => {
    const verb = await import('./pipelines/setup.js');
    return await verb.setup({ ...options, ...work });
  });
}

/** Checks everything that fsa stands on; resolves also when something is wrong (`ok` is false then). */
export function doctor(options: Omit<DoctorOptions, 'emit'> = {}): Run<DoctorReport> {
  return startRun(options.signal, async (work) => {
    const verb = await import('./pipelines/doctor/doctor.js');
    return await verb.doctor({ ...options, ...work });
  });
}

/** Brings models, corpus and benchmark, verified and resumable. */
export function download(options: Omit<DownloadOptions, 'emit'>): Run<DownloadSummary> {
  return startRun(options.signal, async (work) => {
    const verb = await import('./pipelines/download/download.js');
    return await verb.download({ ...options, ...work });
  });
}

/**
 * Distils a student from corpus files. Running it again with the same options goes on from the last
 * checkpoint, or returns the finished result at once.
 */
export function distill(options: DistillOptions = {}): Run<DistillResult> {
  return startRun(options.signal, async (work) => {
    const verb = await import('./pipelines/distill/distill.js');
    return await verb.distill(options, work);
  });
}

/**
 * Fine-tunes and measures every model on every dataset with every seed. Running it again with the same
 * options does only what is missing or failed. Failed cells do not reject; they are in `failed`.
 */
export function evaluate(options: EvaluateOptions = {}): Run<EvaluateResult> {
  return startRun(options.signal, async (work) => {
    const verb = await import('./pipelines/eval/evaluate.js');
    return await verb.evaluate(options, work);
  });
}

/** Validates benchmark and corpus files; every problem comes with file, line and field. */
export function checkData(options: DataCheckOptions): Run<DataCheckResult> {
  return startRun(options.signal, async ({ signal }) => {
    const verb = await import('./pipelines/data/check.js');
    return await verb.checkData({ ...options, signal });
  });
}

/** Counts and distributions of benchmark and corpus files, in tokens as well, and as a page. */
export function describeData(options: DataStatsOptions): Run<DataStatsResult> {
  return startRun(options.signal, async (work) => {
    const verb = await import('./pipelines/data/stats.js');
    return await verb.describeData(options, work);
  });
}

/** Writes corpora without rows that repeat an earlier one, exactly or nearly. */
export function dedupeData(options: DataDedupeOptions): Run<DataDedupeResult> {
  return startRun(options.signal, async (work) => {
    const verb = await import('./pipelines/data/dedupe.js');
    return await verb.dedupeData(options, work);
  });
}

/** Finds benchmark sentences in corpora, word for word or nearly. */
export function findDataOverlap(options: DataOverlapOptions): Run<DataOverlapResult> {
  return startRun(options.signal, async (work) => {
    const verb = await import('./pipelines/data/overlap.js');
    return await verb.findDataOverlap(options, work);
  });
}

/** The metrics of predictions against gold files; needs no Python. */
export async function score(options: ScoreOptions): Promise<ScoreResult> {
  const verb = await import('./pipelines/score.js');
  return await verb.score(options);
}

/** Tables, charts and mistakes of one or more runs, finished or not. */
export async function report(options: ReportOptions): Promise<ReportResult> {
  const verb = await import('./pipelines/report.js');
  return await verb.report(options);
}
