/** What a tracker is: a place outside the run folder that learns what the folder already holds. */
import type { FsaEvent } from '../events.js';
import type { MetricRecord } from '../rpc/messages.js';
import type { CellResult, RunFile } from '../runs/types.js';

/** A run as trackers see it. */
export interface RunFacts {
  readonly folder: string;
  readonly file: RunFile;
  /** The same for every attempt at this run and for no other run: how a tracker finds what it has. */
  readonly key: string;
}

/** Something that happened, in the order of the journal, or one line of a job's metrics. */
export type TrackedItem =
  | {
      readonly kind: 'event';
      readonly event: FsaEvent;
      /** The finished cell that a `job-finished` or `job-skipped` tells of. */
      readonly cell: CellResult | null;
    }
  | {
      readonly kind: 'metrics';
      readonly jobId: string;
      readonly label: string;
      /** When the job first started, in milliseconds: records themselves bear no time. */
      readonly startedMs: number;
      readonly record: MetricRecord;
    };

export interface Tracker {
  /** As the user named it, without secrets: `mlflow=http://host:5000`. */
  readonly name: string;
  /** Finds or makes what the tracker keeps of the run. Called before the first `send`, and again after failures. */
  open(run: RunFacts, signal: AbortSignal): Promise<void>;
  /** Takes items at least once: what is sent again must not count twice. */
  send(items: readonly TrackedItem[], signal: AbortSignal): Promise<void>;
  /** Everything has been sent. `ended` is false where the run was stopped before its end. */
  finish(ended: boolean, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
