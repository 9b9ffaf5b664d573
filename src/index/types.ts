/** The types of the library's options, results and events. */
export type { Config } from '../config/schema.js';
export type { PresetName } from '../config/presets.js';
export type {
  Counting,
  DuplicateRule,
  SubsetName,
  TargetOrder,
  Task,
  TaskName,
} from '../tasks/vocabulary.js';
export type { ErrorCode } from '../errors.js';
export type { FsaEvent, JobProgress } from '../events.js';
export type { MetricRecord } from '../rpc/messages.js';
export type { RunSink } from '../runs/run-sink.js';
export type { StudentFile } from '../inference/student-file.js';
export type { KeepModels } from '../pipelines/eval/keep-models.js';
export type {
  Backend,
  ModelInfo,
  PredictedTuple,
  Prediction,
  PredictTextsOptions,
} from '../pipelines/predict/load-model.js';
export type { PredictionRecord } from '../pipelines/predict/predict.js';
export type { InputFormat } from '../pipelines/predict/read-texts.js';
export type { FailedCell } from '../pipelines/eval/evaluate.js';
export type { GateOutcome } from '../report/types.js';
export type { ReportFormat } from '../pipelines/report.js';
export type { CellResult, ResultsFile, RunFile } from '../runs/types.js';
export type { Analysis } from '../scoring/analysis/analyse.js';
export type { Metrics } from '../scoring/types.js';
export type { BaselineOptions, BaselineResult } from '../pipelines/baseline/types.js';
export type { ClusterCheckOptions, ClusterCheckResult } from '../pipelines/cluster-check.js';
export type { InitOptions, InitResult, ShowConfigOptions, ShownSetting } from '../pipelines/config.js';
export type { DataCheckOptions, DataCheckResult } from '../pipelines/data/check.js';
export type { DataDedupeOptions, DataDedupeResult } from '../pipelines/data/dedupe.js';
export type { DataImportOptions, DataImportResult } from '../pipelines/data/import.js';
export type { DataOverlapOptions, DataOverlapResult } from '../pipelines/data/overlap.js';
export type { DataStatsResult } from '../pipelines/data/stats-result.js';
export type { DataStatsOptions } from '../pipelines/data/stats.js';
export type { DistillOptions, DistillResult } from '../pipelines/distill/distill.js';
export type { DoctorOptions, DoctorReport } from '../pipelines/doctor/doctor.js';
export type { DownloadOptions, DownloadSummary } from '../pipelines/download/download.js';
export type { EvaluateOptions, EvaluateResult } from '../pipelines/eval/evaluate.js';
export type { ExportOptions, ExportResult } from '../pipelines/export/export.js';
export type { FinetuneOptions, FinetuneResult } from '../pipelines/finetune/finetune.js';
export type { LoadModelOptions, Model } from '../pipelines/predict/load-model.js';
export type { PredictOptions, PredictResult } from '../pipelines/predict/predict.js';
export type { CardOptions, CardResult } from '../pipelines/push/card.js';
export type { PushOptions, PushResult } from '../pipelines/push/push.js';
export type { ReportOptions, ReportResult } from '../pipelines/report.js';
export type { Run, WorkOptions } from '../pipelines/run/run-handle.js';
export type { DiffRunsOptions, DiffRunsResult } from '../pipelines/runs/diff.js';
export type { ListRunsOptions, ListRunsResult } from '../pipelines/runs/list.js';
export type { ShowRunOptions, ShowRunResult } from '../pipelines/runs/show.js';
export type { ScoreOptions, ScoreResult } from '../pipelines/score.js';
export type { SetupOptions } from '../pipelines/setup.js';
export type { SyncOptions, SyncResult } from '../pipelines/sync.js';
export type { TeachOptions, TeachResult } from '../pipelines/teach/types.js';
export type { ZeroshotOptions, ZeroshotResult } from '../pipelines/zeroshot/types.js';
export type { Runtime } from '../runtime/locate.js';
