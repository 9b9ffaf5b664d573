/** MLflow's REST calls that a run needs, with what its server really answers. */
import { z } from 'zod';
import { readEnvironment } from '../../config/environment.js';
import { FsaError } from '../../errors.js';
import { TrackerHttp } from '../http.js';

export interface MlflowMetric {
  readonly key: string;
  readonly value: number;
  /** Milliseconds; a metric with the same key, step, value and time is kept once. */
  readonly timestamp: number;
  readonly step: number;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** Metrics in one log-batch: half of what is allowed, because the server looks at each one that it has already. */
const METRICS_PER_BATCH = 500;
/** The most that one log-batch takes. */
const ENTRIES_PER_BATCH = 100;

const refusal = z.object({ error_code: z.string().optional(), message: z.string().optional() });
const experiment = z.object({
  experiment: z.object({ experiment_id: z.string(), lifecycle_stage: z.string() }),
});
const runInfo = z.object({ run_id: z.string(), artifact_uri: z.string().optional() });
const oneRun = z.object({ run: z.object({ info: runInfo }) });
const runs = z.object({ runs: z.array(z.object({ info: runInfo })).optional() });
export type MlflowRun = z.infer<typeof runInfo>;

export class MlflowClient {
  readonly #http: TrackerHttp;

  constructor(
    private readonly name: string,
    endpoint: string,
  ) {
    this.#http = new TrackerHttp(endpoint, authorization());
  }

  /** The experiment of that name, made or taken out of the bin where needed. */
  async experiment(name: string, signal: AbortSignal): Promise<string> {
    const query = `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
    const found = await this.#call('GET', query, null, signal, ['RESOURCE_DOES_NOT_EXIST']);
    if (found !== null) {
      const { experiment_id: id, lifecycle_stage: stage } = experiment.parse(found).experiment;
      if (stage === 'deleted') await this.#call('POST', 'experiments/restore', { experiment_id: id }, signal);
      return id;
    }
    const made = await this.#call('POST', 'experiments/create', { name }, signal, [
      'RESOURCE_ALREADY_EXISTS',
    ]);
    // Another run made it in between.
    if (made === null) return await this.experiment(name, signal);
    return z.object({ experiment_id: z.string() }).parse(made).experiment_id;
  }

  /** The run that bears a tag; null where there is none. */
  async findRun(experimentId: string, tag: KeyValue, signal: AbortSignal): Promise<MlflowRun | null> {
    const filter = `tags."${tag.key}" = '${tag.value}'`;
    const body = { experiment_ids: [experimentId], filter, max_results: 1 };
    return runs.parse(await this.#call('POST', 'runs/search', body, signal)).runs?.[0]?.info ?? null;
  }

  async createRun(
    run: {
      readonly experimentId: string;
      readonly name: string;
      readonly startMs: number;
      readonly tags: readonly KeyValue[];
    },
    signal: AbortSignal,
  ): Promise<MlflowRun> {
    const body = {
      experiment_id: run.experimentId,
      run_name: run.name,
      start_time: run.startMs,
      tags: run.tags,
    };
    return oneRun.parse(await this.#call('POST', 'runs/create', body, signal)).run.info;
  }

  async updateRun(runId: string, status: string, endMs: number | null, signal: AbortSignal): Promise<void> {
    const end = endMs === null ? {} : { end_time: endMs };
    await this.#call('POST', 'runs/update', { run_id: runId, status, ...end }, signal);
  }

  async logMetrics(runId: string, metrics: readonly MlflowMetric[], signal: AbortSignal): Promise<void> {
    for (let at = 0; at < metrics.length; at += METRICS_PER_BATCH) {
      const body = { run_id: runId, metrics: metrics.slice(at, at + METRICS_PER_BATCH) };
      await this.#call('POST', 'runs/log-batch', body, signal);
    }
  }

  async logParams(runId: string, params: readonly KeyValue[], signal: AbortSignal): Promise<void> {
    for (let at = 0; at < params.length; at += ENTRIES_PER_BATCH) {
      const body = { run_id: runId, params: params.slice(at, at + ENTRIES_PER_BATCH) };
      await this.#call('POST', 'runs/log-batch', body, signal);
    }
  }

  /** Puts a file beside the run, where the server takes artifacts itself; false where it does not. */
  async putArtifact(run: MlflowRun, name: string, bytes: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const place = /^mlflow-artifacts:\/*(.*)$/.exec(run.artifact_uri ?? '')?.[1];
    if (place === undefined) return false;
    const path = `/api/2.0/mlflow-artifacts/artifacts/${place}/${encodeURIComponent(name)}`;
    const { status, text } = await this.#http.send(path, { method: 'PUT', body: bytes, signal });
    if (status >= 300) throw this.#refused(status, text);
    return true;
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  /** @returns null where the server answers with one of the codes that are no failure here */
  async #call(
    method: 'GET' | 'POST',
    path: string,
    body: object | null,
    signal: AbortSignal,
    fine: readonly string[] = [],
  ): Promise<unknown> {
    const address = `/api/2.0/mlflow/${path}`;
    const { status, text } =
      method === 'GET'
        ? await this.#http.get(address, signal)
        : await this.#http.send(address, {
            method,
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
            signal,
          });
    const json = parseOrNull(text);
    if (status < 300 && json !== null) return json;
    const code = refusal.safeParse(json).data?.error_code;
    if (code !== undefined && fine.includes(code)) return null;
    throw this.#refused(status, text);
  }

  #refused(status: number, text: string): FsaError {
    const told = refusal.safeParse(parseOrNull(text)).data?.message;
    const [what, advice] =
      status === 401 || status === 403
        ? [
            'MLflow refuses these credentials',
            'Set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and _PASSWORD.',
          ]
        : told === undefined
          ? [
              `What answers there (status ${status}) is no MLflow server`,
              'Check the address after --track mlflow=.',
            ]
          : [`MLflow refuses: ${told.split('\n')[0] ?? ''}`, 'Mend it there and run `fsa sync` for the run.'];
    return new FsaError('API', `${what.replace(/\.$/, '')}.`, { where: this.name, advice });
  }
}

function authorization(): Record<string, string> {
  const token = readEnvironment('MLFLOW_TRACKING_TOKEN');
  const user = readEnvironment('MLFLOW_TRACKING_USERNAME');
  const password = readEnvironment('MLFLOW_TRACKING_PASSWORD');
  if (token !== null) return { authorization: `Bearer ${token}` };
  if (user === null) return {};
  return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
