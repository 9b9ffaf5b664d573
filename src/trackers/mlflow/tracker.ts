/** A run in MLflow: one run for the whole, a nested one for each job, found again by tags. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readEnvironment } from '../../config/environment.js';
import type { FsaEvent } from '../../events.js';
import type { CellResult } from '../../runs/types.js';
import type { RunFacts, TrackedItem, Tracker } from '../tracker.js';
import { namedMetrics } from '../metric-names.js';
import { MlflowClient, type KeyValue, type MlflowMetric, type MlflowRun } from './client.js';

const RUN_TAG = 'fsa.runKey';
const JOB_TAG = 'fsa.jobKey';
const ARTIFACTS = ['run.json', 'results.json', 'report.html'];
const LONGEST_PARAM = 500;

interface Opened {
  readonly run: RunFacts;
  readonly experimentId: string;
  readonly parent: MlflowRun;
  readonly jobs: Map<string, MlflowRun>;
}

export class Mlflow implements Tracker {
  readonly #client: MlflowClient;
  #opened: Opened | null = null;

  constructor(
    readonly name: string,
    url: URL,
  ) {
    this.#client = new MlflowClient(name, `${url.origin}${url.pathname.replace(/\/+$/, '')}`);
  }

  async open(run: RunFacts, signal: AbortSignal): Promise<void> {
    const experimentId = await this.#client.experiment(
      readEnvironment('MLFLOW_EXPERIMENT_NAME') ?? 'fsa',
      signal,
    );
    const tag = { key: RUN_TAG, value: run.key };
    const { name, kind, fsaVersion, createdAt, config, device } = run.file;
    let parent = await this.#client.findRun(experimentId, tag, signal);
    if (parent === null) {
      const tags = [tag, { key: 'fsa.kind', value: kind }, { key: 'fsa.version', value: fsaVersion }];
      const startMs = Date.parse(createdAt);
      parent = await this.#client.createRun({ experimentId, name, startMs, tags }, signal);
    }
    // Sent again after a resume: the same value twice is fine, and a failure in between leaves no gap.
    await this.#client.logParams(parent.run_id, flatten({ ...config, device }), signal);
    this.#opened = { run, experimentId, parent, jobs: new Map() };
  }

  async send(items: readonly TrackedItem[], signal: AbortSignal): Promise<void> {
    const metrics = new Map<string, { label: string; startedMs: number; found: MlflowMetric[] }>();
    for (const item of items) {
      if (item.kind === 'event') {
        await this.#takeEvent(item.event, item.cell, signal);
        continue;
      }
      const { jobId, label, startedMs, record } = item;
      const { step } = record;
      const job = metrics.get(jobId) ?? { label, startedMs, found: [] };
      metrics.set(jobId, job);
      // Records bear no time of their own: one that is the same every time makes a repeat harmless.
      for (const [key, value] of Object.entries(namedMetrics(record)))
        job.found.push({ key, value, timestamp: startedMs + step, step });
    }
    for (const [jobId, { label, startedMs, found }] of metrics) {
      const job = await this.#job(jobId, { name: label, startMs: startedMs }, signal);
      await this.#client.logMetrics(job.run_id, found, signal);
    }
  }

  async finish(ended: boolean, signal: AbortSignal): Promise<void> {
    const { run, parent } = this.#open();
    for (const name of ARTIFACTS) {
      const bytes = await readFile(join(run.folder, name)).catch(() => null);
      if (bytes !== null) await this.#client.putArtifact(parent, name, bytes, signal);
    }
    if (!ended) await this.#client.updateRun(parent.run_id, 'KILLED', Date.now(), signal);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #takeEvent(event: FsaEvent, cell: CellResult | null, signal: AbortSignal): Promise<void> {
    const atMs = Date.parse(event.time);
    const { parent } = this.#open();
    if (event.type === 'run-started') await this.#client.updateRun(parent.run_id, 'RUNNING', null, signal);
    if (event.type === 'run-finished')
      await this.#client.updateRun(parent.run_id, event.failed === 0 ? 'FINISHED' : 'FAILED', atMs, signal);
    if (!('jobId' in event)) return;
    const { run_id: id } = await this.#job(event.jobId, { name: event.label, startMs: atMs }, signal);
    if (event.type === 'job-started') await this.#client.updateRun(id, 'RUNNING', null, signal);
    if (event.type === 'job-epoch')
      await this.#client.logMetrics(
        id,
        [{ key: 'dev_f1', value: event.devF1, timestamp: atMs, step: event.epoch }],
        signal,
      );
    if (cell !== null) await this.#client.logMetrics(id, scores(cell, atMs), signal);
    if (event.type === 'job-finished') await this.#client.updateRun(id, 'FINISHED', atMs, signal);
    if (event.type === 'job-failed' && !event.willRetry)
      await this.#client.updateRun(id, 'FAILED', atMs, signal);
  }

  /** The nested run of a job, found by its tag or made. */
  async #job(
    jobId: string,
    { name, startMs }: { readonly name: string; readonly startMs: number },
    signal: AbortSignal,
  ): Promise<MlflowRun> {
    const { run, experimentId, parent, jobs } = this.#open();
    const known = jobs.get(jobId);
    if (known !== undefined) return known;
    const tag = { key: JOB_TAG, value: `${run.key}/${jobId}` };
    const tags = [tag, { key: 'mlflow.parentRunId', value: parent.run_id }];
    const found =
      (await this.#client.findRun(experimentId, tag, signal)) ??
      (await this.#client.createRun({ experimentId, name, startMs, tags }, signal));
    jobs.set(jobId, found);
    return found;
  }

  #open(): Opened {
    if (this.#opened === null) throw new Error('a tracker is opened before it is sent anything');
    return this.#opened;
  }
}

/** The cell's figures by subset; those over nothing have no number and are left out. */
function scores(cell: CellResult, timestamp: number): MlflowMetric[] {
  return Object.entries(cell.subsets).flatMap(([subset, metrics]) =>
    (['precision', 'recall', 'f1'] as const).flatMap((name) => {
      const value = metrics[name];
      return value === null ? [] : [{ key: `${subset}/${name}`, value, timestamp, step: cell.bestEpoch }];
    }),
  );
}

/** Nested settings as dotted names. */
function flatten(value: unknown, path = ''): KeyValue[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value).flatMap(([key, inner]) =>
      flatten(inner, path === '' ? key : `${path}.${key}`),
    );
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // What MLflow's names cannot hold: a model's name in the tables is the user's own.
  return [{ key: path.replace(/[^\p{L}\p{N}_\-. :/]/gu, '_'), value: text.slice(0, LONGEST_PARAM) }];
}
