/** progress.json of a run: what goes on at this moment, for whoever looks from outside. The journal keeps what stays. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { FsaEvent } from '../events.js';
import { writeJsonAtomic } from '../storage/atomic-write.js';
import { isProcessAlive } from '../storage/process-alive.js';
import { readTextIfThere } from '../storage/read-text.js';
import type { RunSink } from './run-sink.js';

const jobProgress = z.object({
  jobId: z.string(),
  label: z.string(),
  workerId: z.string(),
  phase: z.string(),
  done: z.number(),
  total: z.number(),
  epoch: z.number().nullable(),
  epochs: z.number().nullable(),
  loss: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  /** Of the job's expected time, 0 to 1. */
  share: z.number(),
});
export type RunningJob = z.infer<typeof jobProgress>;

const progressSchema = z.object({
  schema: z.literal(1),
  updatedAt: z.string(),
  /** Who writes it. */
  host: z.string(),
  pid: z.int(),
  /** The writer has said its last word. */
  ended: z.boolean(),
  /** Of the whole run, 0 to 1; null until a job has told. */
  overallShare: z.number().nullable(),
  /** Of the whole run; null while nobody knows. */
  secondsLeft: z.number().nullable(),
  jobs: z.array(jobProgress),
  /** Questions asked of a teacher, where the run asks one. */
  teaching: z.object({ done: z.number(), total: z.number(), failed: z.number() }).nullable(),
});
export type Progress = z.infer<typeof progressSchema>;

const FILE = 'progress.json';
const SHORTEST_INTERVAL_MS = 1000;

/** Writes the file at most once a second, whole or not at all. */
export class ProgressSink implements RunSink {
  #folder: string | null = null;
  readonly #jobs = new Map<string, RunningJob>();
  #overall: { share: number; firstShare: number; firstMs: number } | null = null;
  #teaching: Progress['teaching'] = null;
  #secondsLeft: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  event(event: FsaEvent): void {
    if (event.type === 'run-started') this.#folder = event.folder;
    if (this.#folder === null || !this.#note(event)) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#write(false);
    }, SHORTEST_INTERVAL_MS).unref();
  }

  metrics(): void {
    // metrics.jsonl of each job has them.
  }

  async close(): Promise<void> {
    if (this.#folder === null) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#jobs.clear();
    this.#write(true);
    await this.#writing;
  }

  /** @returns whether there is anything new to tell */
  #note(event: FsaEvent): boolean {
    if (event.type === 'job-progress') {
      const { type: _type, time: _time, overallShare, ...job } = event;
      this.#jobs.set(event.jobId, jobProgress.parse(job));
      this.#estimate(overallShare, event.secondsLeft);
      return true;
    }
    if (event.type === 'teach-progress') {
      const { done, total, failed, secondsLeft } = event;
      this.#teaching = { done, total, failed };
      this.#secondsLeft = secondsLeft;
      return true;
    }
    if (event.type === 'job-finished' || event.type === 'job-failed') return this.#jobs.delete(event.jobId);
    return event.type === 'run-started';
  }

  /** The rest takes as long for its share as what was done so far took for its own. */
  #estimate(share: number, secondsLeftOfJob: number | null): void {
    const nowMs = performance.now();
    const { firstShare, firstMs } = this.#overall ?? { firstShare: share, firstMs: nowMs };
    this.#overall = { share, firstShare, firstMs };
    const seconds = (nowMs - firstMs) / 1000;
    const rate = share > firstShare && seconds > 0 ? (share - firstShare) / seconds : null;
    this.#secondsLeft = rate === null ? secondsLeftOfJob : (1 - share) / rate;
  }

  #write(ended: boolean): void {
    const folder = this.#folder;
    if (folder === null) return;
    const progress: Progress = {
      schema: 1,
      updatedAt: new Date().toISOString(),
      host: hostname(),
      pid: process.pid,
      ended,
      overallShare: this.#overall?.share ?? null,
      secondsLeft: ended ? null : this.#secondsLeft,
      jobs: [...this.#jobs.values()],
      teaching: this.#teaching,
    };
    this.#writing = this.#writing.then(async () => {
      // A courtesy to onlookers: a disk that is full is told of by what matters.
      await writeJsonAtomic(join(folder, FILE), progress).catch(() => undefined);
    });
  }
}

/** What a run says of itself now; null where it says nothing that can be read. */
export async function readProgress(folder: string): Promise<Progress | null> {
  const text = await readTextIfThere(join(folder, FILE)).catch(() => null);
  if (text === null) return null;
  try {
    return progressSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whether somebody is still at work on the run; a process of another machine is believed. */
export function isUnderWay({ ended, host, pid }: Progress): boolean {
  return !ended && (host !== hostname() || isProcessAlive(pid));
}
