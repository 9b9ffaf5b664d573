/** One attempt at a job: what is on disk and what is said when it ends, well or badly. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FsaError } from '../../../src/errors.js';
import type { FsaEventBody } from '../../../src/events.js';
import { Attempt, type AttemptContext, recordFailure } from '../../../src/pipelines/run/attempt.js';
import { RunShare } from '../../../src/pipelines/run/share.js';
import { RunFolder } from '../../../src/runs/run-folder.js';
import type { RunFile } from '../../../src/runs/types.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const facts = { jobId: 'job', label: 'a job', task: null, dataset: null, model: null, seed: 42 } as const;

const RUN: RunFile = {
  schema: 1,
  kind: 'eval',
  name: 'test',
  createdAt: '2026-01-01T00:00:00.000Z',
  fsaVersion: '0.1.0',
  config: {},
  identity: {},
  hashes: {},
  versions: {},
  device: 'cpu',
  notes: [],
};

async function begin() {
  const events: FsaEventBody[] = [];
  const run = await RunFolder.open(join(await temporaryFolder(), 'run'), RUN, { replace: false });
  onTestFinished(async () => await run.close());
  const context: AttemptContext = {
    run,
    emit: (event) => events.push(event),
    metrics: () => undefined,
    share: new RunShare([{ id: facts.jobId, cost: 1 }]),
    signal: new AbortController().signal,
  };
  const options = { facts, attempt: 2, epochs: 3, metricsFolder: await run.jobFolder(facts.jobId) };
  return { run, events, context, options, attempt: new Attempt(options, context) };
}

describe('Attempt', () => {
  it('writes its number and what the job has to show into the state', async () => {
    const { run, attempt } = await begin();
    await attempt.writeState('running', { devF1: [0.25] });
    expect(await run.readState('job')).toMatchObject({
      jobId: 'job',
      label: 'a job',
      status: 'running',
      attempts: 2,
      devF1: [0.25],
      cell: null,
      error: null,
    });
  });

  it('says that the job is done with its facts, and counts it whole', async () => {
    const { events, context, attempt } = await begin();
    attempt.finish('F1 50.0');
    expect(events).toMatchObject([{ type: 'job-finished', jobId: 'job', seed: 42, summary: 'F1 50.0' }]);
    expect(context.share.progressed('another', null).overallShare).toBe(1);
  });
});

describe('recordFailure', () => {
  it('keeps the dev scores, logs the cause, and says whether it is tried again', async () => {
    const { run, events, context, options, attempt } = await begin();
    await attempt.writeState('running', { devF1: [0.5] });
    const error = new FsaError('JOB_FAILED', 'The step failed.', { cause: new Error('deep down') });
    await recordFailure(options, error, true, context);
    expect(await run.readState('job')).toMatchObject({
      status: 'failed',
      devF1: [0.5],
      error: { code: 'JOB_FAILED', message: 'The step failed.' },
    });
    const log = await readFile(join(options.metricsFolder, 'worker.log'), 'utf8');
    expect(log).toMatch(/^attempt 2: The step failed\.[^]*deep down/);
    expect(events).toMatchObject([{ type: 'job-failed', jobId: 'job', attempt: 2, willRetry: true }]);
  });

  it('calls a cancelled job cancelled', async () => {
    const { run, context, options } = await begin();
    await recordFailure(options, new FsaError('CANCELLED', 'Stopped.'), false, context);
    expect(await run.readState('job')).toMatchObject({ status: 'cancelled' });
  });
});
