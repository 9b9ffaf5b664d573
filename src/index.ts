/**
 * The library. Every verb takes its options and, second, how it is followed and stopped (`{ signal, sinks }`); each
 * returns a run: awaitable for its result, async-iterable for typed events, cancelled by leaving the loop, too.
 * Nothing prints, nothing exits.
 *
 * Importing this file starts nothing and loads no verb: what a verb needs (sockets, Arrow, charts) comes with
 * its first call.
 */
import type { BaselineOptions, BaselineResult } from './pipelines/baseline/types.js';
import type { InitOptions, InitResult, ShowConfigOptions, ShownSetting } from './pipelines/config.js';
import type { DataCheckOptions, DataCheckResult } from './pipelines/data/check.js';
import type { DataDedupeOptions, DataDedupeResult } from './pipelines/data/dedupe.js';
import type { DataImportOptions, DataImportResult } from './pipelines/data/import.js';
import type { DataOverlapOptions, DataOverlapResult } from './pipelines/data/overlap.js';
import type { DataStatsOptions } from './pipelines/data/stats.js';
import type { DataStatsResult } from './pipelines/data/stats-result.js';
import type { DistillOptions, DistillResult } from './pipelines/distill/distill.js';
import type { DoctorOptions, DoctorReport } from './pipelines/doctor/doctor.js';
import type { DownloadOptions, DownloadSummary } from './pipelines/download/download.js';
import type { EvaluateOptions, EvaluateResult } from './pipelines/eval/evaluate.js';
import type { ExportOptions, ExportResult } from './pipelines/export/export.js';
import type { FinetuneOptions, FinetuneResult } from './pipelines/finetune/finetune.js';
import type { LoadModelOptions, Model } from './pipelines/predict/load-model.js';
import type { PredictOptions, PredictResult } from './pipelines/predict/predict.js';
import type { CardOptions, CardResult } from './pipelines/push/card.js';
import type { PushOptions, PushResult } from './pipelines/push/push.js';
import type { ReportOptions, ReportResult } from './pipelines/report.js';
import { startRun, type Run, type RunWork, type WorkOptions } from './pipelines/run/run-handle.js';
import type { DiffRunsOptions, DiffRunsResult } from './pipelines/runs/diff.js';
import type { ListRunsOptions, ListRunsResult } from './pipelines/runs/list.js';
import type { ShowRunOptions, ShowRunResult } from './pipelines/runs/show.js';
import type { ScoreOptions, ScoreResult } from './pipelines/score.js';
import type { SetupOptions } from './pipelines/setup.js';
import type { TeachOptions, TeachResult } from './pipelines/teach/types.js';
import type { ClusterCheckOptions, ClusterCheckResult } from './pipelines/cluster-check.js';
import type { SyncOptions, SyncResult } from './pipelines/sync.js';
import type { Verb } from './pipelines/verb-options.js';
import type { ZeroshotOptions, ZeroshotResult } from './pipelines/zeroshot/types.js';
import type { Runtime } from './runtime/locate.js';

export { FsaError, isFsaError } from './errors.js';
export type * from './index/types.js';

/** Creates the pinned Python runtime where it is not there yet. */
export function setup(options: SetupOptions = {}, work?: WorkOptions): Run<Runtime> {
  return start('setup', options, work, async () => await import('./pipelines/setup.js'));
}

/** Checks everything that fsa stands on; resolves also when something is wrong (`ok` is false then). */
export function doctor(options: DoctorOptions = {}, work?: WorkOptions): Run<DoctorReport> {
  return start('doctor', options, work, async () => await import('./pipelines/doctor/doctor.js'));
}

/** Downloads models, corpus and benchmark, verified and resumable. */
export function download(options: DownloadOptions, work?: WorkOptions): Run<DownloadSummary> {
  return start('download', options, work, async () => await import('./pipelines/download/download.js'));
}

/**
 * Has a language model write a corpus about reviews. Running it again with the same options asks only what has no
 * answer yet; other filters make the corpus anew and ask nothing.
 */
export function teach(options: TeachOptions = {}, work?: WorkOptions): Run<TeachResult> {
  return start('teach', options, work, async () => await import('./pipelines/teach/teach.js'));
}

/**
 * Distils a student from corpus files. Running it again with the same options goes on from the last
 * checkpoint, or returns the finished result at once.
 */
export function distill(options: DistillOptions = {}, work?: WorkOptions): Run<DistillResult> {
  return start('distill', options, work, async () => await import('./pipelines/distill/distill.js'));
}

/**
 * Fine-tunes and measures every model on every dataset with every seed. Running it again with the same
 * options does only what is missing or failed. Failed cells do not reject; they are in `failed`.
 */
export function evaluate(options: EvaluateOptions = {}, work?: WorkOptions): Run<EvaluateResult> {
  return start('evaluate', options, work, async () => await import('./pipelines/eval/evaluate.js'));
}

/**
 * Measures language models that see a few training sentences: cells beside those of an eval, in the same report.
 * Answers are kept; running it again pays for none twice. Failed cells do not reject; they are in `failed`.
 */
export function baseline(options: BaselineOptions = {}, work?: WorkOptions): Run<BaselineResult> {
  return start('baseline', options, work, async () => await import('./pipelines/baseline/baseline.js'));
}

/**
 * Judges texts, or given terms, with students and teachers that were trained for no such task: accuracy, macro F1,
 * and a paired test. Answers of a language model are kept; running it again pays for none twice.
 */
export function zeroshot(options: ZeroshotOptions = {}, work?: WorkOptions): Run<ZeroshotResult> {
  return start('zeroshot', options, work, async () => await import('./pipelines/zeroshot/zeroshot.js'));
}

/**
 * Makes one student to deploy: fine-tuned, the epoch that is best on dev kept and tested. Running it again with the
 * same options goes on, or returns the finished student at once.
 */
export function finetune(options: FinetuneOptions, work?: WorkOptions): Run<FinetuneResult> {
  return start('finetune', options, work, async () => await import('./pipelines/finetune/finetune.js'));
}

/** Predicts every sentence of a file or stream, in order and with flat memory. */
export function predict(options: PredictOptions, work?: WorkOptions): Run<PredictResult> {
  return start('predict', options, work, async () => await import('./pipelines/predict/predict.js'));
}

/** Writes a student for runtimes without Python, checked against the Python runtime before it is finished. */
export function exportModel(options: ExportOptions, work?: WorkOptions): Run<ExportResult> {
  return start('exportModel', options, work, async () => await import('./pipelines/export/export.js'));
}

/**
 * A student in memory, to be asked again and again; `close` it, or declare it with `await using`.
 * @throws FsaError CONFIG where there is no such student or a package is missing, RUNTIME without Python
 */
export async function loadModel(path: string, options: LoadModelOptions = {}): Promise<Model> {
  const door = await import('./pipelines/verb-options.js');
  door.checkOptions('loadModel', options);
  door.requireText('The model', path);
  const verb = await import('./pipelines/predict/load-model.js');
  return await verb.loadModel(path, options);
}

/** Validates benchmark and corpus files; every problem comes with file, line and field. */
export function checkData(options: DataCheckOptions, work?: WorkOptions): Run<DataCheckResult> {
  return start('checkData', options, work, async () => await import('./pipelines/data/check.js'));
}

/** Counts and distributions of benchmark and corpus files, in tokens as well, and as a page. */
export function describeData(options: DataStatsOptions, work?: WorkOptions): Run<DataStatsResult> {
  return start('describeData', options, work, async () => await import('./pipelines/data/stats.js'));
}

/** Writes corpora without rows that repeat an earlier one, exactly or nearly. */
export function dedupeData(options: DataDedupeOptions, work?: WorkOptions): Run<DataDedupeResult> {
  return start('dedupeData', options, work, async () => await import('./pipelines/data/dedupe.js'));
}

/** Imports annotated files of many formats into a dataset folder of one task; nothing is left out unsaid. */
export function importData(options: DataImportOptions, work?: WorkOptions): Run<DataImportResult> {
  return start('importData', options, work, async () => await import('./pipelines/data/import.js'));
}

/** Finds benchmark sentences in corpora, word for word or nearly. */
export function findDataOverlap(options: DataOverlapOptions, work?: WorkOptions): Run<DataOverlapResult> {
  return start('findDataOverlap', options, work, async () => await import('./pipelines/data/overlap.js'));
}

/** The metrics of predictions against gold files; needs no Python. */
export function score(options: ScoreOptions, work?: WorkOptions): Run<ScoreResult> {
  return start('score', options, work, async () => await import('./pipelines/score.js'));
}

/** Tables, charts and mistakes of one or more runs, finished or not. */
export function report(options: ReportOptions, work?: WorkOptions): Run<ReportResult> {
  return start('report', options, work, async () => await import('./pipelines/report.js'));
}

/** A student's model card, from what its folder and its runs say. */
export function makeCard(options: CardOptions, work?: WorkOptions): Run<CardResult> {
  return start('makeCard', options, work, async () => await import('./pipelines/push/card.js'));
}

/** Sends a student and its card to the hub, as one commit on top of what is there. */
export function push(options: PushOptions, work?: WorkOptions): Run<PushResult> {
  return start('push', options, work, async () => await import('./pipelines/push/push.js'));
}

/** The run folders below folders, newest first. */
export function listRuns(options: ListRunsOptions = {}, work?: WorkOptions): Run<ListRunsResult> {
  return start('listRuns', options, work, async () => await import('./pipelines/runs/list.js'));
}

/** What one run is, how to have its numbers again, and its mean figures. */
export function showRun(options: ShowRunOptions, work?: WorkOptions): Run<ShowRunResult> {
  return start('showRun', options, work, async () => await import('./pipelines/runs/show.js'));
}

/** In what two runs differ: settings, data, versions, figures; also in words. */
export function diffRuns(options: DiffRunsOptions, work?: WorkOptions): Run<DiffRunsResult> {
  return start('diffRuns', options, work, async () => await import('./pipelines/runs/diff.js'));
}

/** Starts one worker in a place of the cluster that the settings name, and ends it again. */
export function checkCluster(options: ClusterCheckOptions, work?: WorkOptions): Run<ClusterCheckResult> {
  return start('checkCluster', options, work, async () => await import('./pipelines/cluster-check.js'));
}

/** Sends trackers what they missed of a run; doing it again sends nothing twice. */
export function sync(options: SyncOptions, work?: WorkOptions): Run<SyncResult> {
  return start('sync', options, work, async () => await import('./pipelines/sync.js'));
}

/** Writes a commented fsa.yaml with the chosen values; nothing is overwritten. */
export function initConfig(options: InitOptions = {}, work?: WorkOptions): Run<InitResult> {
  return start('initConfig', options, work, async () => await import('./pipelines/config.js'));
}

/** Every setting with its value and where that comes from. */
export function showConfig(
  options: ShowConfigOptions = {},
  work?: WorkOptions,
): Run<{ settings: readonly ShownSetting[] }> {
  return start('showConfig', options, work, async () => {
    const { showConfig: verb } = await import('./pipelines/config.js');
    return { showConfig: verb };
  });
}

/** A verb behind the door that checks its options; both are loaded with the first call. */
function start<V extends Verb, O extends object, T>(
  verb: V,
  options: O,
  work: WorkOptions | undefined,
  load: () => Promise<Readonly<Record<V, (options: O, run: RunWork) => Promise<T>>>>,
): Run<T> {
  return startRun(work, async (run) => {
    (await import('./pipelines/verb-options.js')).checkOptions(verb, options);
    const { [verb]: carryOut } = await load();
    return await carryOut(options, run);
  });
}
