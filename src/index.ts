/**
 * The library. Every verb takes one options object and returns a run: awaitable for its result,
 * async-iterable for typed events, cancelled by `signal`. Nothing prints, nothing exits.
 */
import {
  checkData as checkDataNow,
  type DataCheckOptions,
  type DataCheckResult,
} from './pipelines/data-check.js';
import {
  describeData as describeDataNow,
  type DataStatsOptions,
  type DataStatsResult,
} from './pipelines/data-stats.js';
import { doctor as doctorNow, type DoctorOptions, type DoctorReport } from './pipelines/doctor.js';
import { download as downloadNow, type DownloadOptions, type DownloadSummary } from './pipelines/download.js';
import { startRun, type Run } from './pipelines/run-handle.js';
import { setup as setupNow, type SetupOptions } from './pipelines/setup.js';
import type { Runtime } from './runtime/locate.js';

export type { Config } from './config/schema.js';
export type { PresetName } from './config/presets.js';
export type { DuplicateRule, Polarity, SubsetName, TargetOrder, Task } from './config/vocabulary.js';
export { FsaError, isFsaError, type ErrorCode } from './errors.js';
export type { FsaEvent, JobProgress } from './events.js';
export { distill, type DistillOptions, type DistillResult } from './pipelines/distill.js';
export {
  evaluate,
  type EvaluateOptions,
  type EvaluateResult,
  type FailedCell,
} from './pipelines/evaluate.js';
export {
  report,
  REPORT_FORMATS,
  type ReportFormat,
  type ReportOptions,
  type ReportResult,
} from './pipelines/report.js';
export type { Run } from './pipelines/run-handle.js';
export { score, type ScoreOptions, type ScoreResult } from './pipelines/score.js';
export type { CellResult, ResultsFile, RunFile } from './runs/types.js';
export type { Metrics } from './scoring/types.js';
export type {
  DataCheckOptions,
  DataCheckResult,
  DataStatsOptions,
  DataStatsResult,
  DoctorOptions,
  DoctorReport,
  DownloadOptions,
  DownloadSummary,
  Runtime,
  SetupOptions,
};

/** Creates the pinned Python runtime where it is not there yet. */
export function setup(options: Omit<SetupOptions, 'emit'> = {}): Run<Runtime> {
  return startRun(options.signal, (work) => setupNow({ ...options, ...work }));
}

/** Checks everything that fsa stands on; resolves also when something is wrong (`ok` is false then). */
export function doctor(options: Omit<DoctorOptions, 'emit'> = {}): Run<DoctorReport> {
  return startRun(options.signal, (work) => doctorNow({ ...options, ...work }));
}

/** Brings models, corpus and benchmark, verified and resumable. */
export function download(options: Omit<DownloadOptions, 'emit'>): Run<DownloadSummary> {
  return startRun(options.signal, (work) => downloadNow({ ...options, ...work }));
}

/** Validates benchmark and corpus files; every problem comes with file, line and field. */
export function checkData(options: DataCheckOptions): Run<DataCheckResult> {
  return startRun(options.signal, ({ signal }) => checkDataNow({ ...options, signal }));
}

/** Counts and distributions of benchmark and corpus files. */
export function describeData(options: DataStatsOptions): Run<DataStatsResult> {
  return startRun(options.signal, ({ signal }) => describeDataNow({ ...options, signal }));
}
