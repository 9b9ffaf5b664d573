/** `fsa distill`: teach a student the teacher's answers (section 3 of the paper); one long, resumable job. */
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { cacheFolder } from '../../config/environment.js';
import type { Config } from '../../config/schema.js';
import type { FsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import type { PairsFile, Placement, SpecOf } from '../../rpc/messages.js';
import { jobIdOf } from '../../runs/identity.js';
import { aheadOfRecords, dropCheckpointsAhead } from '../../runs/drop-unrecorded-checkpoints.js';
import { MetricsLog } from '../../runs/metrics-log.js';
import { type RunFolder, readJobState, readRunFile } from '../../runs/run-folder.js';
import type { Distilled, JobState } from '../../runs/types.js';
import { PY_RUNTIME_FOLDER } from '../../runtime/locate.js';
import { requireRuntime } from '../../runtime/drift.js';
import { DEFAULT_RETRY_POLICY, Schedule, type Job } from '../../scheduler/schedule.js';
import { listFiles } from '../../storage/digest.js';
import { openWorkerHost } from '../../workers/host.js';
import type { Worker } from '../../workers/worker.js';
import { findCorpus } from '../sources/corpus.js';
import { dispatch } from '../run/dispatch.js';
import { prepareRunCorpus } from './corpus.js';
import { findSlots, placementIdentity } from '../run/slots.js';
import { resolveModel, type ModelSource } from '../sources/model.js';
import { openRun } from '../run/open-run.js';
import { resolveConfig, type RunOptions } from '../run/options.js';
import { cancelled, type Work } from '../run/run-handle.js';
import { readDataNotes, recordedThreads } from '../run/run-file.js';
import { withEnd } from '../run/finally.js';

export type DistillOptions = RunOptions;

export interface DistillResult extends Distilled {
  readonly folder: string;
  /** In Hugging Face format. */
  readonly modelFolder: string;
}

/**
 * Distils a student, going on from the last checkpoint, or returning the finished result at once.
 * @throws FsaError
 */
export async function distill(options: DistillOptions, { emit, signal }: Work): Promise<DistillResult> {
  const startedMs = performance.now();
  const cwd = options.cwd ?? process.cwd();
  const config = await resolveConfig(options);
  const folder = resolve(cwd, options.output ?? 'runs/distill');
  const runtime = await requireRuntime();
  const files = await findCorpus(config.distill.corpus, cwd);
  const model = await resolveModel(config.model, cwd, signal);
  const before = options.replace === true ? null : await readRunFile(folder);
  const wishes = { parallel: 1, perGpu: 1, threads: recordedThreads(before) ?? availableParallelism() };
  const slots = await findSlots(config, wishes);
  const corpus = await prepareRunCorpus(files, config, { cwd, emit, signal });
  const surroundings = { lock: runtime.lockHash, ...placementIdentity(slots) };
  const identity = { seed: config.seed, distill: decidingSettings(config), ...surroundings };

  const { run, say } = await openRun(
    folder,
    {
      kind: 'distill',
      name: basename(folder),
      config,
      identity,
      hashes: { ...corpus.hashes, 'the starting model': model.digest },
      runtime,
      device: slots[0]?.device ?? 'cpu',
      notes: [...(await readDataNotes(files, cwd)), ...corpus.notes],
    },
    { replace: options.replace, emit },
  );
  return await withEnd(runAll, () => run.close());

  async function runAll(): Promise<DistillResult> {
    const id = jobIdOf({ kind: 'distill', ...identity, model: model.digest, corpus: corpus.hashes });
    const job: Job = { id, affinity: model.digest, cost: 1 };
    const finished = await readFinished(folder, id);
    say({
      type: 'run-started',
      run: basename(folder),
      folder,
      kind: 'distill',
      jobs: 1,
      alreadyDone: finished === null ? 0 : 1,
      slots: slots.map(({ name }) => name),
    });
    const distilled = finished ?? (await train(job));
    const seconds = (performance.now() - startedMs) / 1000;
    say({ type: 'run-finished', run: basename(folder), folder, done: 1, failed: 0, seconds });
    return { ...distilled, folder, modelFolder: join(folder, 'model') };
  }

  async function train(job: Job): Promise<Distilled> {
    const schedule = new Schedule([job], DEFAULT_RETRY_POLICY, () => performance.now());
    const host = await openWorkerHost({
      python: runtime.python,
      runtimeFolder: PY_RUNTIME_FOLDER,
      emit: say,
    });
    const end: { distilled: Distilled | null; failure: FsaError | null } = { distilled: null, failure: null };
    try {
      await dispatch({
        schedule,
        slots,
        launch: (slot) => host.launch({ slot, logPath: join(folder, 'workers', `${slot.name}.log`) }),
        runJob: async (worker, { id }, attempt) => {
          const spec = specOf(config, model, corpus, folder, worker.slot);
          end.distilled = await runAttempt(worker, spec, { id, attempt, run, emit: say, signal });
        },
        onFailure: async ({ id }, attempt, error, willRetry) => {
          end.failure = error;
          const { code, message } = error;
          await run.writeState(stateOf(id, attempt, 'failed', { error: { code, message } }));
          say({ type: 'job-failed', jobId: id, label: LABEL, attempt, willRetry, error: { code, message } });
        },
        emit: say,
        signal,
      });
    } finally {
      await host.close();
    }
    if (end.distilled !== null) return end.distilled;
    throw end.failure ?? cancelled(signal);
  }
}

const LABEL = 'distil';

interface Attempt {
  readonly id: string;
  readonly attempt: number;
  readonly run: RunFolder;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

async function runAttempt(worker: Worker, spec: SpecOf<'distill'>, around: Attempt): Promise<Distilled> {
  const { id, attempt, run, emit, signal } = around;
  const startedMs = performance.now();
  await run.writeState(stateOf(id, attempt, 'running', {}));
  emit({ type: 'job-started', jobId: id, label: LABEL, workerId: worker.id, attempt });
  const metricsPath = join(run.folder, 'metrics.jsonl');
  for (const step of await dropCheckpointsAhead(spec.checkpointFolder, metricsPath))
    emit({ type: 'warning', message: aheadOfRecords(step), where: LABEL });
  const metrics = await MetricsLog.open(metricsPath);
  try {
    const {
      kind: _kind,
      modelFolder: _folder,
      ...distilled
    } = await worker.run(spec, {
      jobId: id,
      attempt,
      signal,
      cancelMode: () => 'save-and-stop',
      onProgress: ({ phase, done, total, epoch, loss, tokensPerSecond, secondsLeft }) => {
        const numbers = { phase, done, total, epoch, epochs: null, loss, tokensPerSecond, secondsLeft };
        emit({ type: 'job-progress', jobId: id, label: LABEL, workerId: worker.id, ...numbers });
      },
      onMetrics: async (records) => {
        await metrics.append(records);
        for (const { step, validationLoss } of records) {
          if (validationLoss !== null)
            emit({ type: 'job-validated', jobId: id, label: LABEL, step, validationLoss });
        }
      },
      onSaved: ({ step, path }) => emit({ type: 'checkpoint-saved', jobId: id, step, path }),
      onNotice: (message) => emit({ type: 'warning', message, where: LABEL }),
    });
    await run.writeState(stateOf(id, attempt, 'done', { distilled }));
    const seconds = (performance.now() - startedMs) / 1000;
    const validation =
      distilled.validationLoss === null ? '' : `, validation loss ${distilled.validationLoss.toFixed(4)}`;
    const summary = `loss ${distilled.finalLoss.toFixed(4)}${validation}`;
    emit({ type: 'job-finished', jobId: id, label: LABEL, seconds, summary });
    return distilled;
  } finally {
    await metrics.close();
  }
}

function specOf(
  { seed, distill: settings }: Config,
  model: ModelSource,
  corpus: { readonly train: readonly PairsFile[]; readonly validation: readonly PairsFile[] },
  folder: string,
  { device, threads }: Placement,
): SpecOf<'distill'> {
  return {
    kind: 'distill',
    placement: { device, threads },
    model: model.folder,
    modelDigest: model.digest,
    seed,
    precision: settings.precision,
    train: [...corpus.train],
    validation: [...corpus.validation],
    maxInputTokens: settings.maxInputTokens,
    maxTargetTokens: settings.maxTargetTokens,
    cacheFolder: join(cacheFolder(), 'tokens'),
    steps: settings.steps,
    optimizer: {
      batchSize: settings.batchSize,
      accumulation: settings.accumulation,
      learningRate: settings.learningRate,
      finalLearningRate: settings.finalLearningRate,
      warmupSteps: settings.warmupSteps,
      weightDecay: settings.weightDecay,
      clip: settings.clip,
    },
    validateEverySteps: settings.validateEverySteps,
    validationBatchSize: settings.validationBatchSize,
    checkpointEverySteps: settings.checkpointEverySteps,
    checkpointEveryMinutes: settings.checkpointEveryMinutes,
    keepCheckpoints: settings.keepCheckpoints,
    checkpointFolder: join(folder, 'checkpoint'),
    modelFolder: join(folder, 'model'),
  };
}

/** The settings that change the student: not where the corpus lies, nor how often it is saved. */
function decidingSettings({ distill: settings }: Config): Record<string, unknown> {
  const { corpus: _corpus, validation: _validation, badRows: _badRows, ...rest } = settings;
  const {
    checkpointEverySteps: _steps,
    checkpointEveryMinutes: _minutes,
    keepCheckpoints: _keep,
    ...deciding
  } = rest;
  return deciding;
}

function stateOf(
  jobId: string,
  attempts: number,
  status: JobState['status'],
  rest: Partial<Pick<JobState, 'error' | 'distilled'>>,
): Omit<JobState, 'schema' | 'updatedAt'> {
  return {
    jobId,
    label: LABEL,
    status,
    attempts,
    error: null,
    devF1: [],
    cell: null,
    distilled: null,
    ...rest,
  };
}

/** The result of a job that has ended already, if its model is still there. */
async function readFinished(folder: string, jobId: string): Promise<Distilled | null> {
  const state = await readJobState(folder, jobId);
  if (state?.status !== 'done' || state.distilled === null) return null;
  const files = await listFiles(join(folder, 'model')).catch((): string[] => []);
  return files.includes('config.json') ? state.distilled : null;
}
