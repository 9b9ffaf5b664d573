import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FsaError } from '../../src/errors.js';
import { runtimePython } from '../helpers/python.js';
import { errorOf, isAlive, openTestHost, runScript, until, pidOf } from './harness.js';

describe('the end of a worker', () => {
  it('comes by itself after a shutdown message', async () => {
    const { launch, host, events } = await openTestHost();
    const worker = await launch();
    await host.close();
    expect(await worker.ended).toEqual({ exitCode: 0, signal: null, reason: 'shut down' });
    expect(events.at(-1)).toMatchObject({ type: 'worker-ended', expected: true });
    await host.close();
    expect((await errorOf<FsaError>(launch())).code).toBe('CANCELLED');
  });

  it('comes by SIGTERM for a job that does not look at cancels', async () => {
    const { launch, host } = await openTestHost({ limits: { endSeconds: 0.5 } });
    const worker = await launch();
    const running = errorOf<FsaError>(runScript(worker, 'ignore-cancel'));
    await host.close();
    expect((await worker.ended).signal).toBe('SIGTERM');
    expect((await running).code).toBe('WORKER_LOST');
  });

  it('comes by SIGKILL for a worker that ignores everything else', async () => {
    const { launch, host } = await openTestHost({ mode: 'ignores-endings', limits: { endSeconds: 0.5 } });
    const worker = await launch();
    await host.close();
    expect((await worker.ended).signal).toBe('SIGKILL');
    expect(isAlive(pidOf(worker))).toBe(false);
  });

  it('is not delayed by a thread that never ends', async () => {
    const { launch, host } = await openTestHost();
    const worker = await launch();
    await runScript(worker, 'threads');
    await host.close();
    expect((await worker.ended).exitCode).toBe(0);
  });

  it.each(['shutdown', 'kill'] as const)('takes the children along: %s', async (how) => {
    const { launch } = await openTestHost();
    const worker = await launch();
    const children = (await runScript(worker, 'leak')).texts.map(Number);
    expect(children.map(isAlive)).toEqual([true, true]);
    await worker[how]();
    await until('the children are dead', () => !children.some(isAlive));
  });

  it('takes the children along when the worker dies by itself', async () => {
    const { launch } = await openTestHost();
    const worker = await launch();
    const children = (await runScript(worker, 'leak')).texts.map(Number);
    process.kill(pidOf(worker), 'SIGKILL');
    await until('the children are dead', () => !children.some(isAlive));
  });

  it('ends a launch that is under way', async () => {
    const { launch, host, events } = await openTestHost({
      mode: 'starts-slowly',
      limits: { endSeconds: 0.5 },
    });
    const launching = errorOf<FsaError>(launch());
    await until('started', () => events.length > 0);
    await host.close();
    expect((await launching).code).toBe('CANCELLED');
    expect(isAlive((events[0] as unknown as { pid: number }).pid)).toBe(false);
  });
});

describe('the end of the orchestrator', () => {
  it('leaves nothing behind and keeps nothing open after close', async () => {
    const { exitCode, workers } = await startOrchestrator(['close', 'close']);
    expect(workers).toHaveLength(2);
    expect(await exitCode).toBe(0);
    expect(workers.map(({ pid }) => isAlive(pid))).toEqual([false, false]);
  });

  it('by kill -9 ends busy, native-code, idle and leaking workers with their children', async () => {
    const { child, workers } = await startOrchestrator(['sleep', 'hold-gil:60', 'leak', 'stall']);
    const pids = workers.flatMap(({ pid, children }) => [pid, ...children]);
    expect(pids).toHaveLength(6);
    // Let the job that holds the GIL begin to hold it.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(pids.every(isAlive)).toBe(true);
    child.kill('SIGKILL');
    await until('all are dead', () => !pids.some(isAlive), 10);
  });

  it.each([
    ['while they work', 'sleep'],
    ['before it has welcomed them', 'starts-late'],
  ])('by falling silent ends the workers, too: %s', async (_when, script) => {
    const { child, workers } = await startOrchestrator([script]);
    child.kill('SIGSTOP');
    await until('the worker is dead', () => !workers.some(({ pid }) => isAlive(pid)), 15).finally(() =>
      child.kill('SIGKILL'),
    );
  });
});

interface StartedWorker {
  readonly pid: number;
  readonly children: readonly number[];
}

/** Resolves when every worker has begun its job. */
async function startOrchestrator(
  scripts: readonly string[],
): Promise<{ child: ChildProcess; exitCode: Promise<unknown>; workers: readonly StartedWorker[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'fsa-orchestrator-'));
  const program = resolve(import.meta.dirname, '../fixtures/orchestrator.ts');
  const args = ['--import', 'tsx', program, await runtimePython(), folder, ...scripts];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  // Listening from the start: the end may come while the lines are still being read.
  const exitCode = once(child, 'exit').then(([code]: unknown[]) => code);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  const workers: StartedWorker[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    workers.push(JSON.parse(line) as StartedWorker);
    if (workers.length === scripts.length) break;
  }
  child.stdout.resume();
  return { child, exitCode, workers };
}
