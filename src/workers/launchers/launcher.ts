/** What starts workers: this machine today, a cluster's scheduler by the same face. */
import type { LogFile } from '../log-file.js';

export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A worker's process, wherever it runs. */
export interface LaunchedProcess {
  /** Where it runs on this machine and can be compared with what the worker says; null elsewhere. */
  readonly pid: number | null;
  readonly running: boolean;
  /** Settles when the process and all it started have ended and its log is whole. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Ends it and everything it started, at once. */
  kill(): void;
  /** Waits for it to end by itself, then asks, then makes it. */
  end(graceSeconds: number): Promise<void>;
}

export interface LaunchCommand {
  readonly python: string;
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly log: LogFile;
}

export interface Launcher {
  /** Where workers of this launcher reach us: the address that the router binds. */
  readonly address: string;
  /** @throws FsaError RUNTIME when it cannot be started */
  start(command: LaunchCommand): Promise<LaunchedProcess>;
}
