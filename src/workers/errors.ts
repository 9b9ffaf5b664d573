/** How a job can end badly, with what a scheduler needs to decide whether to try again. */
import { type ErrorCode, FsaError } from '../errors.js';
import type { FailureCode, WorkerMessage } from '../rpc/messages.js';

const OWN_CODES: Partial<Record<FailureCode, ErrorCode>> = {
  // A model that cannot be used is bad input, also where only loading it tells.
  'bad-model': 'CONFIG',
  // A rank is a part of the worker that runs in a process of its own.
  'rank-lost': 'WORKER_LOST',
};

/** The job said why it failed; the worker lives on. */
export class JobFailedError extends FsaError {
  readonly failureCode: FailureCode;
  /** Whether the very same job may succeed when tried again. */
  readonly retryable: boolean;
  readonly traceback: string;
  /** Optimizer steps done; null where there were none. */
  readonly step: number | null;

  constructor(failed: Extract<WorkerMessage, { type: 'failed' }>, logPath: string) {
    super(OWN_CODES[failed.code] ?? 'JOB_FAILED', failed.message, {
      where: logPath,
      ...(failed.code === 'exception' ? { problems: lastLines(failed.traceback, 6) } : {}),
    });
    this.failureCode = failed.code;
    this.retryable = failed.retryable;
    this.traceback = failed.traceback;
    this.step = failed.step;
  }
}

/** A worker whose libraries found no room in memory ends with this code (fsa_runtime/worker/worker.py). */
export const NO_MEMORY_EXIT_CODE = 12;

/** The worker's process ended or fell silent while it was needed. */
export class WorkerLostError extends FsaError {
  /** How the process ended (`exitCode` is that of fsa itself). */
  readonly processExitCode: number | null;
  readonly processSignal: NodeJS.Signals | null;
  /** The last step that the job reported; null where it reported none. */
  readonly lastStep: number | null;
  /** The end of the worker's log. */
  readonly logTail: string;

  constructor(
    what: string,
    end: { exitCode: number | null; signal: NodeJS.Signals | null },
    context: { lastStep: number | null; logTail: string; logPath: string; advice?: string },
  ) {
    super('WORKER_LOST', what, {
      where: context.logPath,
      // What says itself what to do needs no log beside it.
      ...(context.advice === undefined ? { problems: lastLines(context.logTail, 8) } : {}),
      advice: context.advice ?? adviceFor(end),
    });
    this.processExitCode = end.exitCode;
    this.processSignal = end.signal;
    this.lastStep = context.lastStep;
    this.logTail = context.logTail;
  }
}

/** Why no worker is there, as the pilot or the worker itself said it in its log; null where they did not. */
export function sentenceIn(log: string): { readonly host: string; readonly sentence: string } | null {
  const [, host, sentence] = [...log.matchAll(/^fsa (?:pilot|worker) on (\S+): (.+)$/gm)].at(-1) ?? [];
  return host === undefined || sentence === undefined ? null : { host, sentence };
}

/** The worker's machine was taken away, with notice: nothing failed, and its job goes on elsewhere. */
export class WorkerLeftError extends FsaError {
  constructor(what: string, logPath: string) {
    super('WORKER_LOST', what, { where: logPath, advice: 'The job goes on from its last checkpoint.' });
  }
}

function adviceFor({ exitCode, signal }: { exitCode: number | null; signal: NodeJS.Signals | null }): string {
  if (exitCode === NO_MEMORY_EXIT_CODE)
    return 'Close other programs, use fewer workers at once, or raise the memory limit (ulimit -v, a container’s).';
  return signal === 'SIGKILL'
    ? 'If nobody killed it, memory ran out: use a smaller batch size or fewer workers at once.'
    : 'Its log says more. Run the same command again: finished work is kept.';
}

function lastLines(text: string, count: number): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-count);
}

/** How a process ended, as a clause that follows its name. */
export function describeEnd(exitCode: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exited with code ${exitCode ?? 'unknown'}` : `was killed by ${signal}`;
}
