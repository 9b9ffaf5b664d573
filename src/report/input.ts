/** What a report is made from: run folders as read, nothing computed yet. */
import type { MetricRecord } from '../rpc/messages.js';
import type { GateOutcome } from './types.js';
import type { CellSentences } from './cell-sentences.js';
import type { PredictionLine, ResultsFile, RunFile } from '../runs/types.js';

/** One run folder. Maps are by job id; a job without an entry has no such file (any more). */
export interface RunInput {
  readonly file: RunFile;
  /** Path as the reader of the report should see it. */
  readonly folder: string;
  /** null for a distillation, and for an eval that has written no results yet. */
  readonly results: ResultsFile | null;
  /** Training metrics of each cell. */
  readonly cellMetrics: ReadonlyMap<string, readonly MetricRecord[]>;
  /** Test sentences of each cell; those without a mistake may have been dropped (see `isWrong`). */
  readonly predictions: ReadonlyMap<string, readonly PredictionLine[]>;
  /** The same sentences as counts, all of them; what intervals and tests over sentences need. */
  readonly sentences: ReadonlyMap<string, CellSentences>;
  /** Of all sittings together; null where the folder does not say. */
  readonly wallSeconds: number | null;
  /** metrics.jsonl of a distillation; empty for an eval. */
  readonly distillMetrics: readonly MetricRecord[];
}

export interface ReportInput {
  readonly runs: readonly RunInput[];
}

export interface ReportOptions {
  /**
   * The model that the others are compared with. Left out: the model called `base` or `baseline`, where
   * there is one. null: no comparison.
   */
  readonly baseline?: string | null;
  /** Heading of the report; the names of the runs by default. */
  readonly title?: string;
  /** When the report was made, ISO 8601; left out, the report does not say (and has the same bytes each time). */
  readonly createdAt?: string;
  /** Wrong sentences kept for the HTML page, over all cells; 100,000 by default. */
  readonly maxMistakes?: number;
  /** US dollars an hour of the machine that models ran on, where nobody is paid by the token. */
  readonly hardwarePricePerHour?: number;
  /** What came of the gates that the runs were held to. */
  readonly gates?: readonly GateOutcome[];
}
