/**
 * The closed list of what can go wrong. Every error that leaves the library is an `FsaError`:
 * one sentence of what happened, where it happened, and what to do about it.
 */
import { printable, printableLine } from './printable.js';

/** What each code means for the caller's exit code (section 5 of the design). */
const EXIT_CODE_OF = {
  /** A job (a cell, a training) ended in failure; the others are done. */
  JOB_FAILED: 1,
  /** Wrong words on the command line or wrong arguments to a library function. */
  USAGE: 2,
  /** The configuration is wrong. */
  CONFIG: 2,
  /** A data file is wrong or missing. */
  DATA: 2,
  /** The run folder belongs to something else, is in use, or is damaged. */
  RUN_FOLDER: 2,
  /** A file could not be written or read: full disk, no permission, too many open files. */
  STORAGE: 2,
  /** The Python runtime is missing, half-made, drifted, or cannot be made. */
  RUNTIME: 3,
  /** Something could not be fetched, or came with the wrong bytes. */
  DOWNLOAD: 4,
  /** Orchestrator and worker do not understand each other. */
  PROTOCOL: 5,
  /** A worker ended or fell silent, again and again. */
  WORKER_LOST: 6,
  /** The server of an LLM or a tracker refuses, asks for too long a pause, or cannot be reached. */
  API: 7,
  /** The budget does not allow another request. */
  BUDGET: 8,
  /** The caller asked to stop. */
  CANCELLED: 130,
  /** A mistake in fsa itself. */
  BUG: 70,
} as const;

export type ErrorCode = keyof typeof EXIT_CODE_OF;

export interface FsaErrorDetails {
  /** `file:line`, a folder, a URL, a job: the place the reader should look at. */
  readonly where?: string;
  /** What the reader can do now; an imperative sentence. */
  readonly advice?: string;
  /** Several problems found at once (a bad configuration, a bad data file), one sentence each. */
  readonly problems?: readonly string[];
  readonly cause?: unknown;
}

/** An error with a code from the closed list, fit to be shown to a user as it stands. */
export class FsaError extends Error {
  override readonly name = 'FsaError';
  readonly code: ErrorCode;
  readonly where: string | null;
  readonly advice: string | null;
  readonly problems: readonly string[];

  /** @param what one sentence of what happened, without the place and the advice */
  constructor(code: ErrorCode, what: string, details: FsaErrorDetails = {}) {
    super(what, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.where = details.where ?? null;
    this.advice = details.advice ?? null;
    this.problems = details.problems ?? [];
  }

  get exitCode(): number {
    return EXIT_CODE_OF[this.code];
  }

  /** The whole message as shown to a user: foreign text in it cannot act on a terminal. */
  describe(): string {
    const where = this.where === null ? '' : ` (${this.where})`;
    const lines = [`${this.message}${where}`, ...this.problems.map((problem) => `  - ${problem}`)];
    // A line break in a name makes no new line: each of them is one sentence.
    const safe = lines.map(printableLine);
    return [...safe, ...(this.advice === null ? [] : [printable(this.advice)])].join('\n');
  }
}

/** Whether something is an `FsaError`, also one made by a second copy of this package in the process. */
export function isFsaError(value: unknown): value is FsaError {
  return value instanceof Error && value.name === 'FsaError' && 'code' in value && 'exitCode' in value;
}

/** What anything thrown says. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * An error that is an answer, and may be given a million times: nobody asks where in this code it was made, and finding
 * that out would be most of what it costs.
 */
export class StacklessError extends Error {
  constructor(message: string) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
  }
}

/** Anything thrown, as an `FsaError`: what is not one already is a mistake in fsa. */
export function toFsaError(thrown: unknown): FsaError {
  if (isFsaError(thrown)) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const known = systemErrorOf(error) ?? missingPackageOf(error);
  if (known !== null) return known;
  return new FsaError('BUG', `Internal error: ${error.message}`, {
    advice: 'Please report it with the command and the stack trace (run with FSA_DEBUG=1 to see it).',
    cause: error,
  });
}

const PERMISSION_ADVICE =
  'Check who owns the file or folder, or choose another: FSA_CACHE names the cache, HF_HOME that of downloads, --output a run.';

const STORAGE_SENTENCES: Readonly<Record<string, readonly [what: string, advice: string]>> = {
  ENOSPC: ['The disk is full', 'Free some space and run the same command again: finished work is kept.'],
  EDQUOT: [
    'The disk quota is used up',
    'Free some space and run the same command again: finished work is kept.',
  ],
  EFBIG: [
    'The file grew over the size allowed here',
    'Raise the file size limit (ulimit -f) and run the command again.',
  ],
  EIO: [
    'The disk could not be read or written (input/output error)',
    'Check the disk, and run the same command again: finished work is kept.',
  ],
  ESTALE: [
    'The network disk has lost this file',
    'Check the disk, and run the same command again: finished work is kept.',
  ],
  ENOTDIR: ['A part of this path is a file, not a folder', 'Check the path, or choose another.'],
  EISDIR: ['There is a folder where a file should be', 'Check the path, or choose another.'],
  EEXIST: ['There is something else of this name already', 'Move it away, or choose another name.'],
  ENAMETOOLONG: ['The name is too long for this file system', 'Choose a shorter one.'],
  ELOOP: ['The links on this path lead in a circle', 'Mend them, or choose another path.'],
  ENOENT: ['There is no such file or folder, or no longer', 'Check the path, or choose another.'],
  EROFS: ['The file system is read-only', 'Choose a folder that can be written to.'],
  EACCES: ['Permission was refused', PERMISSION_ADVICE],
  EPERM: ['Permission was refused', PERMISSION_ADVICE],
  EMFILE: ['Too many files are open', 'Raise the limit (ulimit -n) and run the command again.'],
  ENFILE: ['Too many files are open on this machine', 'Close some programs and run the command again.'],
};

/** Whether no more files may be open: that is not the fault of whatever was to be opened, and `toFsaError` says it. */
export function isOutOfFiles(thrown: unknown): boolean {
  return (
    thrown instanceof Error && 'code' in thrown && (thrown.code === 'EMFILE' || thrown.code === 'ENFILE')
  );
}

/** What storage/atomic-write.ts calls a file until it is whole: nobody knows it by that name. */
const TEMPORARY_NAME = /\.([^/\\]+)\.\d+-[0-9a-f]{8}-\d+\.tmp$/;

/** Trouble with the file system, put as a sentence; null for errors of other kinds. */
function systemErrorOf(error: Error): FsaError | null {
  const { code, path, syscall = '' } = error as NodeJS.ErrnoException;
  // A program or socket that is not there is no file to look for.
  if (code === 'ENOENT' && /^(spawn|connect|bind|listen)/.test(syscall)) return null;
  const sentence = code === undefined ? undefined : STORAGE_SENTENCES[code];
  if (sentence === undefined) return null;
  const [what, advice] = sentence;
  return new FsaError('STORAGE', `${what}.`, {
    ...(path === undefined ? {} : { where: path.replace(TEMPORARY_NAME, '$1') }),
    advice,
    cause: error,
  });
}

/** A package that a clone lacks before its first `npm install`, or that was taken away since; null for other errors. */
function missingPackageOf(error: Error): FsaError | null {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') return null;
  const found = /^Cannot find package '([^']+)' imported from (.+)[\\/](?:dist|src)[\\/]/.exec(error.message);
  const [, name, folder] = found ?? [];
  if (name === undefined || folder === undefined) return null;
  return new FsaError('CONFIG', `The package ${name}, which fsa needs, is not installed.`, {
    where: folder,
    advice: 'Run `npm install` there.',
    cause: error,
  });
}
