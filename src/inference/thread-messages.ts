/** What the thread that decodes and the one that asks say to each other. */
import type { DecoderOptions, GeneratedRow } from './decoder.js';

/** Each is answered under its `call`, one after the other. */
export type ThreadRequest =
  | {
      readonly type: 'open';
      readonly call: number;
      readonly model: number;
      readonly options: DecoderOptions;
    }
  | { readonly type: 'generate'; readonly call: number; readonly model: number; readonly work: GenerateWork }
  | { readonly type: 'close'; readonly call: number; readonly model: number };

export interface GenerateWork {
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

export type ThreadAnswer = { readonly call: number } & (
  | { readonly type: 'progress'; readonly done: number }
  | { readonly type: 'done'; readonly rows: readonly GeneratedRow[] }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: PlainError }
);
