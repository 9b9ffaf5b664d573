import { stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { WorkerProgress } from '../../src/workers/types.js';
import { openTestHost, runScript } from './harness.js';

const MEGABYTE = 2 ** 20;

describe('floods', () => {
  it('keeps the head and the tail of a log, and reads everything', async () => {
    const { launch, log, logPath, host } = await openTestHost();
    const worker = await launch();
    // 40 MB of bytes that are not UTF-8 and have no line ends, on both streams.
    await runScript(worker, 'spam:20');
    await runScript(worker, 'echo:fine');
    await host.close();
    expect((await stat(logPath)).size).toBeLessThan(6 * MEGABYTE);
    const text = await log();
    expect(text).toMatch(/^the first line\n/);
    expect(text).toContain('bytes left out');
    expect(text.trimEnd().endsWith('the last line')).toBe(true);
  });

  it('coalesces the progress of a job that reports every step', async () => {
    const { launch } = await openTestHost();
    const worker = await launch();
    let calls = 0;
    const output = await runScript(worker, 'progress-flood:300000', { onProgress: () => void (calls += 1) });
    expect(output.texts).toEqual(['300000']);
    expect(calls).toBeLessThan(300);
  });

  it('takes a flood of raw progress from eight workers, loses no result and does not grow', async () => {
    const { host, folder } = await openTestHost({ mode: 'raw' });
    const workers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        host.launch({
          slot: { name: `cpu${index}`, device: 'cpu', visibleGpu: null, threads: 1 },
          logPath: `${folder}/${index}.log`,
        }),
      ),
    );
    let seen = 0;
    const memory: number[] = [];
    const timer = setInterval(() => memory.push(process.memoryUsage().rss), 50);
    const cpu = process.cpuUsage();
    const started = performance.now();
    const onProgress = (_: WorkerProgress) => void (seen += 1);
    const outputs = await Promise.all(
      workers.map((worker) => runScript(worker, 'progress-flood', { onProgress })),
    );
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    clearInterval(timer);
    const sent = outputs.reduce((sum, { texts }) => sum + Number(texts[0]), 0);
    const perCpuSecond = sent / ((user + system) / 1e6);
    console.log(
      `${Math.round(sent / seconds)} progress messages a second from eight workers, ${seen} seen of ${sent};`,
      `this side could take ${Math.round(perCpuSecond)} in a second of its processor's time`,
    );
    expect(outputs).toHaveLength(8);
    // Of the processor's time, since the eight senders share the rest of the machine with others.
    expect(perCpuSecond).toBeGreaterThan(20_000);
    // Beats and timers get their turn in between.
    expect(memory.length).toBeGreaterThan(5);
    // Flat: what is too much waits at the senders, not here.
    const half = Math.floor(memory.length / 2);
    const growth = Math.max(...memory.slice(half)) - Math.max(...memory.slice(0, half));
    expect(growth).toBeLessThan(64 * MEGABYTE);
  });

  it('gives a slow consumer the newest progress and lets it delay nothing', async () => {
    const { launch } = await openTestHost({ mode: 'raw' });
    const worker = await launch();
    const seen: number[] = [];
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const onProgress = async ({ done }: WorkerProgress) => {
      seen.push(done);
      await held;
    };
    const { texts } = await runScript(worker, 'progress-flood', { onProgress });
    expect(Number(texts[0]), 'messages that the worker sent').toBeGreaterThan(1000);
    expect(seen).toEqual([0]);
    finish();
  });
});
