/** What writes a student's text: a thread over ONNX graphs, or a Python worker. */
import type { GeneratedRow } from '../../inference/decoder.js';

export interface GenerateOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface Engine {
  readonly backend: 'onnx' | 'torch';
  /** SHA-256 over the files that decide what the model computes, in its Hugging Face form. */
  readonly digest: string;
  /** One row per text, in their order. */
  generate(texts: readonly string[], options: GenerateOptions): Promise<readonly GeneratedRow[]>;
  close(): Promise<void>;
}

/** Texts that are worked on together; more of them gain nothing and answer later. */
export const ROWS_TOGETHER = 32;
