/** Writes progress.json while a run goes on; see progress-file.ts for what it holds. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { FsaEvent, JobProgress } from '../events.js';
import { writeFileAtomic } from '../storage/atomic-write.js';
import type { RunSink } from './run-sink.js';

export const PROGRESS_FILE = 'progress.json';

export interface RunningJob extends Omit<JobProgress, 'phase'> {
  readonly phase: string;
  readonly jobId: string;
  readonly label: string;
  readonly workerId: string;
  /** Of the job's expected time, 0 to 1. */
  readonly share: number;
}

export interface Progress {
  readonly schema: 1;
  readonly updatedAt: string;
  /** Who writes it. */
  readonly host: string;
  readonly pid: number;
  /** The writer has said its last word. */
  readonly ended: boolean;
  /** Of the whole run, 0 to 1; null until a job has told. */
  readonly overallShare: number | null;
  /** Of the whole run; null while nobody knows. */
  readonly secondsLeft: number | null;
  readonly jobs: readonly RunningJob[];
  /** Questions asked of a teacher, where the run asks one. */
  readonly teaching: { readonly done: number; readonly total: number; readonly failed: number } | null;
}

const SHORTEST_INTERVAL_MS = 1000;
/** A thousand jobs at once make a file of 400 kilobytes, which is written every ten seconds. */
const INTERVAL_MS_PER_JOB = 10;

/** How long at least lies between two writes. @param jobs at work */
export function intervalMsOf(jobs: number): number {
  return Math.max(SHORTEST_INTERVAL_MS, jobs * INTERVAL_MS_PER_JOB);
}

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
    }, intervalMsOf(this.#jobs.size)).unref();
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
      const { jobId, label, workerId, phase, done, total, epoch, epochs, loss, tokensPerSecond } = event;
      const { secondsLeft, share, overallShare } = event;
      const counts = { phase, done, total, epoch, epochs, loss, tokensPerSecond, secondsLeft, share };
      this.#jobs.set(jobId, { jobId, label, workerId, ...counts });
      this.#estimate(overallShare, secondsLeft);
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
      await writeFileAtomic(join(folder, PROGRESS_FILE), JSON.stringify(progress)).catch(() => undefined);
    });
  }
}
