/**
 * A worker host for one test, closed at its end. Strict: both sides validate every message (production code
 * does), and a test in which either side objected to a message fails unless it says that it expects that.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Slot } from '../../src/runtime/slot.js';
import type { FsaEventBody } from '../../src/events.js';
import { openWorkerHost, type WorkerHost, type WorkerHostOptions } from '../../src/workers/host.js';
import type { Launcher } from '../../src/workers/launchers/launcher.js';
import type { WorkerLimits } from '../../src/workers/types.js';
import type { Worker } from '../../src/workers/worker.js';
import { runtimePython } from '../helpers/python.js';

export { epochs, runScript, scripted } from './scripts.js';

export const SLOT: Slot = { name: 'cpu', device: 'cpu', visibleGpu: null, threads: 1 };
const FIXTURE = resolve(import.meta.dirname, '../fixtures/misbehaving-worker.py');

export interface TestHost {
  readonly host: WorkerHost;
  readonly folder: string;
  readonly logPath: string;
  readonly events: FsaEventBody[];
  readonly launch: () => Promise<Worker>;
  readonly log: () => Promise<string>;
  /** Waits until the worker has printed something. */
  readonly printed: (words: string) => Promise<void>;
}

interface Settings {
  /** A mode of the misbehaving worker; `real` starts the production worker, torch and all. */
  readonly mode?: string;
  readonly limits?: Partial<WorkerLimits>;
  /** Whether messages that break the protocol are part of the test. */
  readonly objections?: 'none' | 'expected';
  readonly signal?: AbortSignal;
  readonly launcher?: Launcher;
  readonly runtime?: WorkerHostOptions['runtime'];
}

export async function openTestHost(settings: Settings = {}): Promise<TestHost> {
  const folder = await mkdtemp(join(tmpdir(), 'fsa-protocol-'));
  const events: FsaEventBody[] = [];
  const host = await openWorkerHost({
    python: await runtimePython(),
    emit: (event) => events.push(event),
    limits: { heartbeatSeconds: 0.2, startSeconds: 60, endSeconds: 2, ...settings.limits },
    ...(settings.mode === 'real' ? {} : { program: [FIXTURE, settings.mode ?? 'tame'] }),
    ...(settings.launcher === undefined ? {} : { launcher: settings.launcher }),
    ...(settings.signal === undefined ? {} : { signal: settings.signal }),
    ...(settings.runtime === undefined ? {} : { runtime: settings.runtime }),
  });
  onTestFinished(async () => {
    await host.close();
    await rm(folder, { recursive: true });
    const objections = events.filter((event) => event.type === 'warning');
    if (settings.objections !== 'expected') expect(objections).toEqual([]);
  });
  const logPath = join(folder, 'worker.log');
  return {
    host,
    folder,
    logPath,
    events,
    launch: () => host.launch({ slot: SLOT, logPath }),
    log: () => readFile(logPath, 'utf8'),
    printed: (words) => until(words, () => readFileSync(logPath, 'utf8').includes(words)),
  };
}

/** The error that a promise rejects with; fails the test when it does not. */
export async function errorOf<E extends Error = Error>(promise: Promise<unknown>): Promise<E> {
  return await promise.then(
    () => expect.fail('should have been rejected'),
    (error: unknown) => error as E,
  );
}

/** Whether a process runs; one that has ended and only waits for its parent to notice does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Waits until a condition holds; fails the test after a while. */
export async function until(what: string, holds: () => boolean, seconds = 15): Promise<void> {
  for (let tries = 0; tries < seconds * 20; tries += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect.fail(`${what}: not within ${seconds} s`);
}

/** The process of a worker on this machine. */
export function pidOf({ pid }: { readonly pid: number | null }): number {
  if (pid === null) throw new Error('the worker has no process here');
  return pid;
}
