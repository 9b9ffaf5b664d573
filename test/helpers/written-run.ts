/** A run folder as fsa writes it, in as many steps as a test wants. */
import { appendFile, mkdir, truncate, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FsaEventBody, JobFacts } from '../../src/events.js';
import type { MetricRecord } from '../../src/rpc/messages.js';

const CREATED = '2026-01-02T03:04:05.000Z';

export class WrittenRun {
  #clockMs = Date.parse(CREATED);

  private constructor(readonly folder: string) {}

  static async create(parent: string, config: object = {}): Promise<WrittenRun> {
    const run = new WrittenRun(join(parent, 'written'));
    await mkdir(run.folder, { recursive: true });
    const file = {
      schema: 1,
      kind: 'eval',
      name: 'written',
      createdAt: CREATED,
      fsaVersion: '0.1.0',
      config: { eval: { epochs: 2, models: { 'a@b': 'models/a' } }, ...config },
      identity: { eval: { epochs: 2 } },
      hashes: { data: 'abc' },
      versions: { node: '20' },
      device: 'cpu',
      notes: [],
    };
    await writeFile(join(run.folder, 'run.json'), JSON.stringify(file));
    await writeFile(join(run.folder, 'results.json'), '{"schema":1}');
    return run;
  }

  async event(body: FsaEventBody): Promise<void> {
    this.#clockMs += 1000;
    const line = JSON.stringify({ ...body, time: new Date(this.#clockMs).toISOString() });
    await appendFile(join(this.folder, 'journal.ndjson'), `${line}\n`);
  }

  async start(jobs: readonly string[]): Promise<void> {
    const { folder } = this;
    const size = { jobs: jobs.length, alreadyDone: 0, slots: ['cpu'] };
    await this.event({ type: 'run-started', run: 'written', folder, kind: 'eval', ...size });
    for (const jobId of jobs) {
      const facts = factsOf(jobId);
      await this.event({ type: 'job-started', ...facts, workerId: 'w', attempt: 1 });
    }
  }

  async finish(jobs: readonly string[]): Promise<void> {
    for (const jobId of jobs) {
      const facts = factsOf(jobId);
      await this.event({ type: 'job-finished', ...facts, seconds: 2, summary: 'done' });
    }
    const { folder } = this;
    const end = { done: jobs.length, failed: 0, seconds: 3 };
    await this.event({ type: 'run-finished', run: 'written', folder, ...end });
  }

  async metrics(jobId: string, steps: readonly number[], tokensPerSecond = 100): Promise<void> {
    await mkdir(join(this.folder, 'jobs', jobId), { recursive: true });
    const lines = steps.map((step) => `${JSON.stringify(recordOf(step, tokensPerSecond))}\n`);
    await appendFile(this.#metricsPath(jobId), lines.join(''));
  }

  /** As a resumed attempt does: what stands from a step on is taken off. */
  async cutMetrics(jobId: string, fromStep: number): Promise<void> {
    const lines = (await readFile(this.#metricsPath(jobId), 'utf8')).split('\n').slice(0, fromStep - 1);
    await truncate(
      this.#metricsPath(jobId),
      lines.reduce((sum, line) => sum + line.length + 1, 0),
    );
  }

  #metricsPath(jobId: string): string {
    return join(this.folder, 'jobs', jobId, 'metrics.jsonl');
  }
}

/** Of a job of that id, as its events tell. */
export const factsOf = (jobId: string): JobFacts => ({
  jobId,
  label: `model · ${jobId}`,
  task: 'atsa',
  dataset: 'small',
  model: 'model',
  seed: 42,
});

function recordOf(step: number, tokensPerSecond: number): MetricRecord {
  const losses = { loss: 1 / step, validationLoss: null, learningRate: 0.001, gradientNorm: 0.5 };
  return { step, epoch: 1, ...losses, tokens: 64, tokensPerSecond };
}

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
