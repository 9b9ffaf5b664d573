/** One attempt at one job of a run: its state, its training records and its events, whatever the job is. */
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FsaError } from '../../errors.js';
import type { Emit, JobFacts } from '../../events.js';
import type { JobKind, MetricRecord, OutputOf, SpecOf } from '../../rpc/messages.js';
import { readEpochs } from '../../runs/epoch-log.js';
import { MetricsLog } from '../../runs/metrics-log.js';
import type { RunFolder } from '../../runs/run-folder.js';
import type { JobState } from '../../runs/types.js';
import { namePath } from '../../storage/file-handle.js';
import type { RunOptions } from '../../workers/types.js';
import type { Worker } from '../../workers/worker.js';
import { followJob } from './follow-job.js';
import type { RunShare } from './share.js';

/** As much of a worker as does a job. */
export type JobWorker = Pick<Worker, 'id' | 'slot' | 'run'>;

/** What an attempt needs of its run. */
export interface AttemptContext {
  readonly run: RunFolder;
  readonly emit: Emit;
  readonly metrics: (records: readonly MetricRecord[], jobId: string) => void;
  readonly share: RunShare;
  readonly signal: AbortSignal;
}

export interface AttemptOptions {
  readonly facts: JobFacts;
  readonly attempt: number;
  readonly epochs: number | null;
  /** metrics.jsonl lies in here. */
  readonly metricsFolder: string;
}

/** What only the caller knows to do with what a job says. */
type Hooks = Pick<RunOptions, 'onGenerated'> & {
  readonly onMetrics?: (records: readonly MetricRecord[]) => void;
};

/** What a job has to show beyond its status. */
type Outcome = Partial<Pick<JobState, 'devF1' | 'cell' | 'distilled' | 'error' | 'outputs'>>;

export class Attempt {
  readonly #startedMs = performance.now();

  constructor(
    private readonly options: AttemptOptions,
    private readonly context: AttemptContext,
  ) {}

  get seconds(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  /**
   * Runs the job on a worker to its end, every record on disk before anything that follows it.
   * @param specAt the work, given the last optimizer step up to which all records are there
   * @throws FsaError JOB_FAILED, WORKER_LOST, CANCELLED
   */
  async run<Kind extends JobKind>(
    worker: JobWorker,
    specAt: (lastRecordedStep: number) => SpecOf<Kind>,
    hooks: Hooks = {},
  ): Promise<OutputOf<Kind>> {
    const { facts, attempt, metricsFolder } = this.options;
    const { run, emit, metrics, signal } = this.context;
    const path = join(metricsFolder, 'metrics.jsonl');
    const follow = followJob(worker, { ...this.options, share: this.context.share, emit });
    const log = await MetricsLog.open(path, run.isLocal);
    try {
      const spec = specAt(await log.lastStepWithoutGap());
      // The first to put a whole model there wins; what is to be made anew must not be taken for that.
      if ('modelFolder' in spec && spec.modelFolder !== null)
        await rm(spec.modelFolder, { recursive: true, force: true });
      return await worker.run<Kind>(spec, {
        ...follow,
        ...(hooks.onGenerated === undefined ? {} : { onGenerated: hooks.onGenerated }),
        jobId: facts.jobId,
        attempt,
        term: run.term,
        signal,
        cancelMode: 'save-and-stop',
        onMetrics: (records) => {
          hooks.onMetrics?.(records);
          metrics(records, facts.jobId);
          return log.append(records);
        },
      });
    } finally {
      await log.close();
    }
  }

  async writeState(status: JobState['status'], outcome: Outcome = {}): Promise<void> {
    await this.context.run.writeState(stateOf(this.options, status, outcome));
  }

  /** Says that the job is done; its state is written before. */
  finish(summary: string): void {
    const { facts } = this.options;
    this.context.share.finished(facts.jobId);
    this.context.emit({ type: 'job-finished', ...facts, seconds: this.seconds, summary });
  }
}

function stateOf(
  { facts, attempt }: Pick<AttemptOptions, 'facts' | 'attempt'>,
  status: JobState['status'],
  outcome: Outcome,
): Parameters<RunFolder['writeState']>[0] {
  const { jobId, label } = facts;
  const empty = { error: null, devF1: [], cell: null, distilled: null, outputs: {} };
  return { jobId, label, status, attempts: attempt, ...empty, ...outcome };
}

/** Writes down why an attempt failed, with what led to it in the job's own log. */
export async function recordFailure(
  failed: Pick<AttemptOptions, 'facts' | 'attempt'>,
  error: FsaError,
  willRetry: boolean,
  { run, emit }: Pick<AttemptContext, 'run' | 'emit'>,
): Promise<void> {
  const { facts, attempt } = failed;
  const folder = await run.jobFolder(facts.jobId);
  const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : '';
  const log = join(folder, 'worker.log');
  await appendFile(log, `attempt ${attempt}: ${error.describe()}\n${cause}\n`).catch((full: unknown) => {
    throw namePath(full, log);
  });
  const { code, message } = error;
  const devF1 = await readEpochs(folder, (await run.readState(facts.jobId))?.devF1 ?? []);
  const status = code === 'CANCELLED' ? 'cancelled' : 'failed';
  await run.writeState(stateOf(failed, status, { error: { code, message }, devF1 }));
  emit({ type: 'job-failed', ...facts, attempt, willRetry, error: { code, message } });
}
