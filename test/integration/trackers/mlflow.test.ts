import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { sync } from '../../../src/pipelines/sync.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { trackersBin } from '../../helpers/trackers-python.js';
import { range, WrittenRun } from '../../helpers/written-run.js';

const WORK = { emit: () => undefined, signal: new AbortController().signal };

/** A real server on a folder of its own; it can be killed and started again on the same port. */
class MlflowServer {
  #process: (PromiseLike<unknown> & { readonly pid?: number | undefined }) | null = null;
  private constructor(
    readonly url: string,
    private readonly port: number,
    private readonly folder: string,
  ) {}

  static async create(): Promise<MlflowServer> {
    const port = await freePort();
    return new MlflowServer(`http://127.0.0.1:${port}`, port, await mkdtemp(join(tmpdir(), 'fsa-mlflow-')));
  }

  async start(): Promise<void> {
    const bin = await trackersBin();
    const store = ['--backend-store-uri', `sqlite:///${join(this.folder, 'mlflow.db')}`];
    const artifacts = ['--serve-artifacts', '--artifacts-destination', join(this.folder, 'artifacts')];
    const words = [
      'server',
      '--host',
      '127.0.0.1',
      '--port',
      String(this.port),
      '--workers',
      '1',
      ...store,
      ...artifacts,
    ];
    // A group of its own: the server's workers end with it.
    this.#process = execa(join(bin, 'mlflow'), words, {
      reject: false,
      detached: true,
      cwd: this.folder,
      stdio: 'ignore',
    });
    while (!(await this.#answers())) await new Promise((resolve) => setTimeout(resolve, 300));
  }

  async kill(): Promise<void> {
    const { pid } = this.#process ?? {};
    if (pid === undefined) return;
    process.kill(-pid, 'SIGKILL');
    await this.#process;
    this.#process = null;
  }

  async end(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  async call<T>(path: string, body?: object): Promise<T> {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
    const response = await fetch(`${this.url}/api/2.0/mlflow/${path}`, body === undefined ? {} : init);
    return (await response.json()) as T;
  }

  async runs(): Promise<MlflowRun[]> {
    const named = await this.call<{ experiment: { experiment_id: string } }>(
      'experiments/get-by-name?experiment_name=fsa',
    );
    const body = { experiment_ids: [named.experiment.experiment_id], max_results: 100 };
    return (await this.call<{ runs?: MlflowRun[] }>('runs/search', body)).runs ?? [];
  }

  async steps(run: MlflowRun, key: string): Promise<number[]> {
    const query = `metrics/get-history?run_id=${run.info.run_id}&metric_key=${encodeURIComponent(key)}`;
    const { metrics = [] } = await this.call<{ metrics?: { step?: number | string }[] }>(query);
    return metrics.map(({ step }) => Number(step ?? 0)).sort((a, b) => a - b);
  }

  async #answers(): Promise<boolean> {
    return await fetch(`${this.url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}

interface MlflowRun {
  readonly info: { run_id: string; run_name: string; status: string; artifact_uri: string };
  readonly data: { tags: { key: string; value: string }[]; params: { key: string; value: string }[] };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const tagOf = (run: MlflowRun, key: string): string | undefined =>
  run.data.tags.find((tag) => tag.key === key)?.value;

describe('a real MLflow server', () => {
  let server: MlflowServer;
  beforeAll(async () => {
    server = await MlflowServer.create();
    await server.start();
  });
  afterAll(async () => await server.end());

  it('holds a nested run for each job, with every step once after a resume, a loss of notes and a kill', async () => {
    const track = [`mlflow=${server.url}`];
    const run = await WrittenRun.create(await temporaryFolder());
    await run.start(['first', 'second']);
    await run.metrics('first', range(1, 50));
    await sync({ run: run.folder, track }, WORK);
    await server.kill();
    await run.cutMetrics('first', 30);
    await run.metrics('first', range(30, 220), 123_456.5);
    await expect(sync({ run: run.folder, track }, WORK)).rejects.toMatchObject({ code: 'API' });
    await server.start();
    await run.metrics('second', range(1, 5));
    await run.finish(['first', 'second']);
    await sync({ run: run.folder, track }, WORK);
    // Everything once more, as if nothing had been noted.
    await rm(join(run.folder, 'sinks'), { recursive: true });
    await sync({ run: run.folder, track }, WORK);

    const runs = await server.runs();
    expect(runs).toHaveLength(3);
    const parent = runs.find(({ info }) => info.run_name === 'written') as MlflowRun;
    const [first, second] = ['first', 'second'].map((name) =>
      runs.find(({ info }) => info.run_name === `model · ${name}`),
    ) as [MlflowRun, MlflowRun];
    expect(runs.map(({ info }) => info.status)).toEqual(['FINISHED', 'FINISHED', 'FINISHED']);
    expect([first, second].map((child) => tagOf(child, 'mlflow.parentRunId'))).toEqual(
      Array(2).fill(parent.info.run_id),
    );
    expect(parent.data.params).toContainEqual({ key: 'eval.epochs', value: '2' });
    expect(parent.data.params).toContainEqual({ key: 'eval.models.a_b', value: 'models/a' });
    expect(await server.steps(first, 'loss')).toEqual(range(1, 220));
    expect(await server.steps(second, 'gradient_norm')).toEqual(range(1, 5));
    const artifact = parent.info.artifact_uri.replace('mlflow-artifacts:/', '');
    const results = await fetch(`${server.url}/api/2.0/mlflow-artifacts/artifacts/${artifact}/results.json`);
    expect(await results.text()).toBe('{"schema":1}');
  });

  it('is told of a run whose experiment lies in the bin', async () => {
    const named = await server.call<{ experiment: { experiment_id: string } }>(
      'experiments/get-by-name?experiment_name=fsa',
    );
    await server.call('experiments/delete', { experiment_id: named.experiment.experiment_id });
    const run = await WrittenRun.create(await temporaryFolder(), { device: 'other' });
    await run.start(['job']);
    await sync({ run: run.folder, track: [`mlflow=${server.url}`] }, WORK);
    expect((await server.runs()).some(({ info }) => info.run_name === 'model · job')).toBe(true);
  });
});

it('an address where no MLflow answers is named', async () => {
  const { createServer: createHttp } = await import('node:http');
  const other = createHttp((_request, response) => response.end('<html>')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const run = await WrittenRun.create(await temporaryFolder());
  await run.start(['job']);
  const track = [
    `mlflow=http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
  ];
  const failure = expect(sync({ run: run.folder, track }, WORK)).rejects;
  await failure.toMatchObject({
    code: 'API',
    message: expect.stringContaining('is no MLflow server') as unknown,
  });
  other.close();
});
