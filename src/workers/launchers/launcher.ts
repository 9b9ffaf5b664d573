/** What starts workers: this machine, or a cluster's engine by the same face. */
import type { JobSpec } from '../../rpc/messages.js';
import type { Slot } from '../../runtime/slot.js';
import type { WorkerLimits } from '../types.js';
import type { LogFile } from '../log-file.js';

export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** A clause in the words of the engine that placed it, where there is one. */
  readonly how?: string;
}

/** A queued worker was given its place. */
export interface Placed {
  /** The machine, where the engine says it. */
  readonly where: string | null;
}

/** A worker's process, wherever it runs. */
export interface LaunchedProcess {
  /** Where it runs on this machine and can be compared with what the worker says; null elsewhere. */
  readonly pid: number | null;
  readonly running: boolean;
  /** What an engine calls it, and when it gave it a place; absent where a worker starts at once. */
  readonly job?: string;
  readonly placed?: Promise<Placed>;
  /** Tells why it has no place yet, each reason once, in the engine's words. */
  readonly tellWaits?: (tell: (why: string) => void) => void;
  /** Has the engine asked soon. */
  readonly ask?: () => void;
  /** Has the files of a job ready where the worker may not see ours; absent where it does. */
  readonly begin?: (spec: JobSpec) => Promise<void>;
  /** Settles when the process and all it started have ended and its log is whole. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Ends it and everything it started, at once. */
  kill(): void;
  /**
   * Waits for it to end by itself, then asks, then makes it.
   * @param hungUp settles when it has closed its connection
   */
  end(graceSeconds: number, hungUp?: Promise<void>): Promise<void>;
}

export interface LaunchCommand {
  readonly python: string;
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly log: LogFile;
  readonly slot: Slot;
}

export interface Launcher {
  /** What the router binds, so that workers of this launcher reach us; a null port is a free one. */
  readonly bind: { readonly address: string; readonly port: number | null };
  /** Where they differ from those of workers on this machine. */
  readonly limits?: Partial<WorkerLimits>;
  /** Nothing is waited for any more that would start a worker. */
  readonly stop?: () => void;
  /** @throws FsaError RUNTIME when it cannot be started */
  start(command: LaunchCommand): Promise<LaunchedProcess>;
}
