/** What the server asks of a loaded student; `loadModel` gives one. */

export interface ModelInfo {
  readonly task: string;
  readonly elements: readonly string[];
  readonly polarities: readonly string[];
  /** SHA-256 of the weights: which student answered. */
  readonly digest: string;
  readonly maxInputTokens: number;
  readonly maxGeneratedTokens: number;
  readonly backend: string;
}

export interface PredictedTuple {
  readonly term?: string | null;
  readonly category?: string | null;
  readonly opinion?: string | null;
  readonly polarity: string;
  /** Code points of the term in the text, where it is found there. */
  readonly from?: number;
  readonly to?: number;
}

export interface Prediction {
  readonly tuples: readonly PredictedTuple[];
  /** Pieces of the answer that could not be read. */
  readonly malformed: number;
  readonly truncated: boolean;
  /** What the student wrote, where it was asked for. */
  readonly text?: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface ServedModel {
  readonly info: ModelInfo;
  predict(
    texts: readonly string[],
    options?: { readonly signal?: AbortSignal; readonly raw?: boolean },
  ): Promise<readonly Prediction[]>;
}
