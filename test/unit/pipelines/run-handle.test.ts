import assert from 'node:assert';
import { describe, expect, it } from 'vitest';
import { FsaError } from '../../../src/errors.js';
import { startRun } from '../../../src/pipelines/run/run-handle.js';
import type { RunSink } from '../../../src/runs/run-sink.js';

const warning = (message: string) => ({ type: 'warning', message, where: null }) as const;

describe('startRun', () => {
  it('is awaitable and iterable', async () => {
    const run = startRun(undefined, ({ emit }) => {
      emit(warning('one'));
      emit(warning('two'));
      return Promise.resolve(7);
    });
    const said: string[] = [];
    for await (const event of run) if (event.type === 'warning') said.push(event.message);
    expect(said).toEqual(['one', 'two']);
    expect(await run).toBe(7);
  });

  it('throws the failure in the loop and at the await', async () => {
    const run = startRun(undefined, () => Promise.reject(new FsaError('DATA', 'No rows.')));
    const loop = (async () => {
      for await (const _ of run);
    })();
    await expect(loop).rejects.toMatchObject({ code: 'DATA' });
    await expect(run).rejects.toMatchObject({ code: 'DATA' });
  });

  it('makes anything else thrown an FsaError', async () => {
    await expect(startRun(undefined, () => Promise.reject(new TypeError('x')))).rejects.toMatchObject({
      code: 'BUG',
    });
  });

  it('is cancelled by its signal', async () => {
    const controller = new AbortController();
    const run = startRun({ signal: controller.signal }, async ({ signal }) => {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone'))));
    });
    setTimeout(() => controller.abort(), 10);
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED', exitCode: 130 });
    await expect(startRun({ signal: AbortSignal.abort() }, () => Promise.resolve(1))).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });

  it.each([
    [
      { type: 'download-planned', what: 'model', files: 1, bytes: 1, alreadyThere: 0 },
      /to go on from where it stopped/,
    ],
    [warning('one'), /^$/],
  ] as const)('says that it goes on from there only where it does: %j', async (body, advice) => {
    const controller = new AbortController();
    const run = startRun({ signal: controller.signal }, async ({ emit, signal }) => {
      emit(body);
      controller.abort();
      await Promise.reject(signal.reason as Error);
    });
    const error = await run.then(
      () => null,
      (thrown: unknown) => thrown as FsaError,
    );
    expect(error).toMatchObject({ code: 'CANCELLED' });
    expect(error?.advice ?? '').toMatch(advice);
  });

  it('is cancelled by leaving the loop', async () => {
    let aborted = false;
    const run = startRun(undefined, async ({ emit, signal }) => {
      emit(warning('one'));
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      aborted = signal.aborted;
    });
    for await (const _ of run) break;
    expect(aborted).toBe(true);
  });

  it('drops progress for a consumer that never comes, and nothing else', async () => {
    const progress = {
      type: 'job-progress',
      jobId: 'j',
      label: 'l',
      task: null,
      dataset: null,
      model: null,
      seed: null,
      share: 0,
      overallShare: 0,
      workerId: 'w',
      phase: 'train',
      done: 1,
      total: 2,
      epoch: null,
      epochs: null,
      loss: null,
      tokensPerSecond: null,
      secondsLeft: null,
    } as const;
    const run = startRun(undefined, ({ emit }) => {
      for (let step = 0; step < 5000; step += 1) emit(progress);
      emit(warning('kept'));
      return Promise.resolve();
    });
    await run;
    const types: string[] = [];
    for await (const event of run) types.push(event.type);
    expect(types.length).toBeLessThan(1100);
    expect(types.at(-1)).toBe('warning');
  });

  it('answers any number of questions that wait at once, in order', async () => {
    const iterator = startRun(undefined, async ({ emit }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      emit(warning('one'));
    })[Symbol.asyncIterator]();
    const answers = await Promise.all([iterator.next(), iterator.next(), iterator.next()]);
    expect(answers.map(({ done }) => done)).toEqual([false, true, true]);
  });

  it('yields nothing after it was left, and gives back what it was left with', async () => {
    const iterator = startRun(undefined, ({ emit }) => {
      emit(warning('one'));
      emit(warning('two'));
      return Promise.resolve();
    })[Symbol.asyncIterator]();
    await iterator.next();
    expect(await iterator.return?.('reason')).toEqual({ done: true, value: 'reason' });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('keeps the reason of an abort as the cause, whatever error the abort led to', async () => {
    const controller = new AbortController();
    const reason = new Error('the job queue was drained');
    const run = startRun({ signal: controller.signal }, async ({ signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      throw new FsaError('CANCELLED', 'The job was cancelled.');
    });
    setTimeout(() => controller.abort(reason), 5);
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED', cause: reason });
  });

  it('tells a sink what the iterator is told, whatever another sink does', async () => {
    const told: string[] = [];
    const good: RunSink = {
      event: ({ type }) => void told.push(type),
      metrics: () => undefined,
      close: () => Promise.resolve(void told.push('closed')),
    };
    const bad: RunSink = { ...good, event: () => assert.fail('full') };
    const run = startRun({ sinks: [bad, good] }, ({ emit }) => {
      emit(warning('one'));
      return Promise.resolve(3);
    });
    const seen: string[] = [];
    for await (const event of run) if (event.type === 'warning') seen.push(event.message);
    expect(await run).toBe(3);
    expect(told).toEqual(['warning', 'closed']);
    expect(seen.some((message) => message.includes('A sink failed'))).toBe(true);
  });
});
