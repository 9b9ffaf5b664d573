/** One place that settings come from. */
import type { KeyPath } from './check.js';

export interface Layer {
  /** Settings as written; may still hold anything. */
  readonly value: unknown;
  /** Where a key or its value stands: `fsa.yaml:3:5`, `--set distill.steps=5`. */
  readonly locate: (path: KeyPath, at: 'key' | 'value') => string;
  /** Folder that paths in it start from; null for the working folder. */
  readonly folder: string | null;
}

/** A layer that could be read, or sentences (with their places) that say why not. */
export type LayerResult =
  | { readonly layer: Layer; readonly problems?: undefined }
  | { readonly layer?: undefined; readonly problems: readonly string[] };
