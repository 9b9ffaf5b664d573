/** What `fsa data stats` finds: the words between counting and showing. */
import type { Task } from '../../tasks/vocabulary.js';
import type { CorpusStats, PartStats } from '../../data/check/stats.js';
import type { DatasetReach } from './dataset-reach.js';
import type { TokenStats } from './count-tokens.js';

export interface DataStatsResult {
  readonly datasets: readonly {
    readonly task: Task;
    readonly name: string;
    /** Or the file, where one was named. */
    readonly folder: string;
    readonly parts: readonly PartStats[];
    /** What a model's tokenizer makes of it; null where no model was named, or for a single file. */
    readonly reach: DatasetReach | null;
  }[];
  /** Over all corpus files together; null where none was named. */
  readonly corpus: CorpusStats | null;
  /** Null where no model was named. */
  readonly tokens: TokenStats | null;
  /** The page, where one was asked for. */
  readonly htmlFile: string | null;
}
