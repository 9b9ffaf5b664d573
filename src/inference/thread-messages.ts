/** What the thread that decodes and the one that asks say to each other. */
import type { GeneratedRow } from './decoder.js';

export interface ThreadSettings {
  readonly folder: string;
  readonly threads: number;
}

export interface GenerateCall {
  readonly texts: readonly string[];
  readonly batchSize: number;
  /** One 32-bit word of shared memory: anything but 0 ends the call before its next token. */
  readonly stop: Int32Array;
}

/** An FsaError as plain data: a class does not survive the way between threads. */
export interface PlainError {
  readonly code: string | null;
  readonly message: string;
  readonly where: string | null;
  readonly advice: string | null;
  readonly stack: string | null;
}

export type ThreadMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly done: number }
  | { readonly type: 'rows'; readonly rows: readonly GeneratedRow[] }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: PlainError };
