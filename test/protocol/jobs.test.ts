import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FsaError } from '../../src/errors.js';
import type { MetricRecord } from '../../src/rpc/messages.js';
import type { JobFailedError } from '../../src/workers/errors.js';
import type { RunOptions } from '../../src/workers/types.js';
import { epochs, errorOf, openTestHost, runScript, scripted } from './harness.js';

/** Callbacks that write down what they were called with; the slow ones prove that the order holds. */
function diary(lines: string[]): Partial<RunOptions> {
  const slowly = () => new Promise((resolve) => setTimeout(resolve, 5));
  return {
    onMetrics: async (records: readonly MetricRecord[]) => {
      await slowly();
      for (const { step, loss } of records) lines.push(`step ${step} ${loss}`);
    },
    onGenerated: async (epoch, texts) => {
      await slowly();
      lines.push(`generated ${epoch} ${texts.join()}`);
      return { best: epoch === 2, stop: epoch === 3 };
    },
    onSaved: ({ step, path }) => void lines.push(`saved ${step} ${path}`),
    onNotice: (message) => void lines.push(message),
  };
}

describe('jobs', () => {
  it('refuses a job that the protocol has no words for, and the worker lives on', async () => {
    const { launch } = await openTestHost();
    const worker = await launch();
    const error = await errorOf<FsaError>(worker.run(epochs(1), { jobId: 'j', attempt: 0 }));
    expect(error.code).toBe('PROTOCOL');
    expect(error.problems.join()).toContain('attempt');
    await worker.run(epochs(1), { jobId: 'j', attempt: 1 });
  });

  it('calls back in the order of the messages, answers verdicts, and then gives the result', async () => {
    const { launch } = await openTestHost();
    const worker = await launch();
    const lines: string[] = [];
    const output = await worker.run<'finetune'>(epochs(5), { jobId: 'j', attempt: 1, ...diary(lines) });
    expect(output.testTexts).toEqual(['1 False False', '2 True False', '3 False True']);
    const ofEpoch = (epoch: number) => [
      `step ${2 * epoch - 1} 0.5`,
      `step ${2 * epoch} null`,
      `generated ${epoch} epoch ${epoch}`,
      `saved ${2 * epoch} /checkpoint/${epoch}`,
      `epoch ${epoch} is over`,
    ];
    expect(lines).toEqual([...ofEpoch(1), ...ofEpoch(2), ...ofEpoch(3), 'step 1000 0.5']);
  });

  it('answers a checkpoint once the records before it are written down, however long that takes', async () => {
    const { launch, folder } = await openTestHost();
    const file = join(folder, 'steps');
    const onMetrics = async (records: readonly MetricRecord[]) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await appendFile(file, records.map(({ step }) => `${step}\n`).join(''));
    };
    const { texts } = await runScript(await launch(), `recorded:${file}`, { onMetrics });
    expect(texts).toHaveLength(3);
    for (const [index, text] of texts.entries()) expect(text).toContain(`${index + 1}\n`);
  });

  it('tells of its progress and sends its records no more often than the worker was told to, and none is lost', async () => {
    const count = async (reportSeconds: number): Promise<{ words: number; steps: number[] }> => {
      const { launch } = await openTestHost({ limits: { reportSeconds } });
      const worker = await launch();
      const found = { words: 0, steps: [] as number[] };
      await runScript(worker, 'steps:200', {
        onProgress: () => void (found.words += 1),
        onMetrics: (records) => void found.steps.push(...records.map(({ step }) => step)),
      });
      return found;
    };
    const all = Array.from({ length: 200 }, (_, index) => index + 1);
    const often = await count(0.01);
    expect(often.words).toBeGreaterThan(5);
    expect(often.steps).toEqual(all);
    const seldom = await count(1000);
    expect(seldom.words).toBeLessThanOrEqual(1);
    expect(seldom.steps).toEqual(all);
  });

  it('runs one job after another in the same process', async () => {
    const { launch } = await openTestHost();
    const worker = await launch();
    for (let index = 0; index < 20; index += 1) {
      const output = await runScript(worker, `echo:${index}`, { jobId: `${index}` });
      expect(output.texts).toEqual([`${index}`]);
    }
  });

  it('refuses a second job at the same time', async () => {
    const { launch } = await openTestHost();
    const worker = await launch();
    const first = runScript(worker, 'sleep:20');
    expect((await errorOf<FsaError>(runScript(worker, 'echo:x'))).code).toBe('BUG');
    await expect(first).resolves.toMatchObject({ texts: [] });
  });

  it('brings a result of 10 MB', async () => {
    const { launch } = await openTestHost();
    const { texts } = await runScript(await launch(), 'big:10');
    expect(texts).toHaveLength(10);
    expect(texts[9]).toBe(`é${'x'.repeat(999_998)}`);
  });

  it.each([
    ['job-error', 'bad-data', true, 7, 'The data are bad.'],
    ['memory', 'out-of-memory', true, 41, 'Memory ran out'],
    ['torch-memory', 'out-of-memory', true, 41, 'Memory ran out'],
    ['cpu-allocator', 'out-of-memory', true, 41, 'Memory ran out'],
    ['disk', 'disk-full', false, 41, '/full/disk'],
    ['value', 'exception', false, 41, 'ValueError: a value is wrong'],
    ['exit', 'exception', false, 41, 'SystemExit: 4'],
    ['interrupt', 'exception', false, 41, 'KeyboardInterrupt'],
  ])('reports a failure of kind %s, and the worker lives on', async (kind, code, retryable, step, words) => {
    const { launch, log } = await openTestHost();
    const worker = await launch();
    const error = await errorOf<JobFailedError>(runScript(worker, `fail:${kind}`));
    expect(error).toMatchObject({ code: 'JOB_FAILED', failureCode: code, retryable, step });
    expect(error.message).toContain(words);
    expect(error.traceback).toContain('scripted_jobs.py');
    expect(await log()).toContain('Traceback');
    await expect(runScript(worker, 'echo:still here')).resolves.toMatchObject({ texts: ['still here'] });
  });

  it.each(['invalid', 'too-big'])('turns a result that is %s into a failure', async (script) => {
    const { launch } = await openTestHost();
    const worker = await launch();
    const error = await errorOf<JobFailedError>(runScript(worker, script));
    expect(error.failureCode).toBe('exception');
    expect(error.message).toContain('protocol does not allow');
    await expect(runScript(worker, 'echo:x')).resolves.toMatchObject({ texts: ['x'] });
  });

  it.each([
    [{ device: 'cpu', threads: 2 }, 'for 2 threads, but this worker has 1'],
    [{ device: 'cuda:0', threads: 1 }, 'does not see the device cuda:0'],
  ])('refuses a job that belongs elsewhere: %o', async (placement, words) => {
    const { launch } = await openTestHost();
    const spec = { ...scripted('echo:x'), placement };
    const running = (await launch()).run<'generate'>(spec, { jobId: 'j', attempt: 1 });
    const error = await errorOf<JobFailedError>(running);
    expect(error.failureCode).toBe('mismatch');
    expect(error.message).toContain(words);
  });

  it('ends the job when a callback fails, with what it threw', async () => {
    const { launch } = await openTestHost();
    const worker = await launch();
    const thrown = new Error('the disk is full');
    const onMetrics = () => Promise.reject(thrown);
    const options = { jobId: 'j', attempt: 1, onMetrics };
    expect(await errorOf(worker.run<'finetune'>(epochs(1000), options))).toBe(thrown);
    await expect(runScript(worker, 'echo:x')).resolves.toMatchObject({ texts: ['x'] });
  });

  it('gives metrics to a callback though the job then fails', async () => {
    const { launch } = await openTestHost();
    const steps: number[] = [];
    const onMetrics = (records: readonly MetricRecord[]) => void steps.push(...records.map((r) => r.step));
    await errorOf(runScript(await launch(), 'die:exit', { onMetrics }));
    expect(steps).toEqual([3]);
  });
});
