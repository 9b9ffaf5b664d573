/** What callers of the worker room see besides `WorkerHost` and `Worker`. */
import type { JobProgress } from '../events.js';
import type { Device, MetricRecord, WorkerMessage } from '../rpc/messages.js';

/** Limits; times by the monotonic clock. */
export interface WorkerLimits {
  /** From launch to hello, with the import of torch in between. */
  readonly startSeconds: number;
  /** Interval of beats in both directions. */
  readonly heartbeatSeconds: number;
  /** Shortest interval between two words of a worker about its job's progress. */
  readonly reportSeconds: number;
  /** A worker whose transport is silent for this long is lost (stopped, or its machine frozen). */
  readonly lostAfterSeconds: number;
  /** A worker whose interpreter is silent for this long, while its process answers, is lost. */
  readonly busyAfterSeconds: number;
  /** A worker that beats but does no unit of work for this long is lost. */
  readonly stalledAfterSeconds: number;
  /**
   * A worker that hears nothing from us for this long ends itself. Over a network less than `lostAfterSeconds`:
   * it is gone before its job is given to another.
   */
  readonly orphanAfterSeconds: number;
  /** From a cancel to the end of the job; then the worker is killed. */
  readonly cancelSeconds: number;
  /** From a shutdown message to SIGTERM, and from there to SIGKILL. */
  readonly endSeconds: number;
  /** What a worker may send for one job, all messages together that are kept. */
  readonly jobBytes: number;
}

export const DEFAULT_LIMITS: WorkerLimits = {
  startSeconds: 120,
  heartbeatSeconds: 1,
  reportSeconds: 0.25,
  lostAfterSeconds: 30,
  busyAfterSeconds: 15 * 60,
  stalledAfterSeconds: 60 * 60,
  orphanAfterSeconds: 120,
  cancelSeconds: 120,
  endSeconds: 5,
  jobBytes: 2 ** 30,
};

/** Of all workers together. */
const REPORTS_PER_SECOND = 100;
const BEATS_PER_SECOND = 200;

/** The intervals of so many workers: a thousand of them must not keep the process busy that all of them speak to. */
export function intervalsOf(workers: number): Pick<WorkerLimits, 'heartbeatSeconds' | 'reportSeconds'> {
  const { heartbeatSeconds, reportSeconds } = DEFAULT_LIMITS;
  return {
    heartbeatSeconds: Math.max(heartbeatSeconds, workers / BEATS_PER_SECOND),
    reportSeconds: Math.max(reportSeconds, workers / REPORTS_PER_SECOND),
  };
}

/**
 * Over a network. Cuts of up to three quarters of a minute cost nothing; after a longer one the worker has ended
 * itself when its job is given away.
 */
export const REMOTE_LIMITS = { lostAfterSeconds: 60, orphanAfterSeconds: 50 } as const;

/** What a worker said of itself when it was ready. */
export interface WorkerSelf {
  readonly hostname: string;
  /** Whether it sees our files; where not, they are sent. */
  readonly sharesDisk: boolean;
  /** Free where it keeps what is sent to it, as it began; null where nothing is. */
  readonly roomBytes: number | null;
  readonly versions: Extract<WorkerMessage, { type: 'hello' }>['versions'];
  readonly devices: readonly Device[];
}

export interface WorkerEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** One clause: `shut down`, `killed by SIGKILL`, `fell silent for 30 s`. */
  readonly reason: string;
}

/** A progress message; the number of epochs is the caller's knowledge. */
export type WorkerProgress = Omit<JobProgress, 'epochs'>;

export interface SavedCheckpoint {
  readonly step: number;
  readonly path: string;
  readonly manifestSha256: string;
}

interface Verdict {
  readonly best: boolean;
  readonly stop: boolean;
}

type Awaitable<T> = T | Promise<T>;

/**
 * How a job is run and followed. All callbacks but `onProgress` are called in the order of the worker's
 * messages, one after the other, and have ended before `run` settles. One that throws ends the job, and
 * `run` rejects with what it threw.
 */
export interface RunOptions {
  readonly jobId: string;
  /** 1 for the first try. */
  readonly attempt: number;
  /** How many times the run has been taken up; 1 where the job is of no run. */
  readonly term?: number;
  /** Aborting cancels the job, within a step. */
  readonly signal?: AbortSignal;
  /** What an abort asks for; `stop` where it is not given. */
  readonly cancelMode?: 'stop' | 'save-and-stop';
  /** While one call is pending, newer progress replaces older. */
  readonly onProgress?: (progress: WorkerProgress) => Awaitable<void>;
  readonly onMetrics?: (records: readonly MetricRecord[]) => Awaitable<void>;
  /** Judges an epoch's texts. Without it every epoch is the best so far and nothing stops early. */
  readonly onGenerated?: (epoch: number, texts: readonly string[]) => Awaitable<Verdict>;
  readonly onSaved?: (checkpoint: SavedCheckpoint) => Awaitable<void>;
  readonly onNotice?: (message: string) => Awaitable<void>;
}
