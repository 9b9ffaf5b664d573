/** What `baseline` takes and gives. */
import type { ResultsFile } from '../../runs/types.js';
import type { FailedCell } from '../eval/evaluate.js';
import type { RunOptions } from '../run/options.js';

export type BaselineOptions = RunOptions;

export interface BaselineResult {
  readonly folder: string;
  /** Everything the folder has; cells of language models beside each other, as an eval has those of students. */
  readonly results: ResultsFile;
  readonly failed: readonly FailedCell[];
  readonly costs: {
    /** US dollars over all starts; null where a model's price is unknown. */
    readonly usdSpent: number | null;
    readonly usdPossible: number | null;
    readonly tokens: number;
  };
}
