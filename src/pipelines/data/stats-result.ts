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

/** The table of a dataset's parts, the same wherever it is shown: a line a part, a column a label. */
export function partsTable(parts: readonly PartStats[]): {
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
} {
  const labels = labelsOf(parts);
  const differs = goldDiffers(parts);
  const counted = [
    'sentences',
    'none',
    'aspects',
    ...(differs ? ['gold'] : []),
    ...labels,
    'implicit',
    'multiple',
  ];
  const rows = parts.map((part) => [
    part.part,
    part.sentences,
    part.withoutAspects,
    part.aspects,
    ...(differs ? [part.goldTuples] : []),
    ...labels.map((label) => part.polarities[label] ?? 0),
    part.implicit ?? '–',
    part.multiple ?? '–',
    part.words.mean.toFixed(1),
    part.words.maximum,
  ]);
  return { head: ['part', ...counted, 'words', 'longest'], rows };
}

/** Whether what is counted is fewer than what is annotated. */
export function goldDiffers(parts: readonly PartStats[]): boolean {
  return parts.some(({ aspects, goldTuples }) => aspects !== goldTuples);
}

/** Every label that one of the parts has, in the order they are met. */
export function labelsOf(parts: readonly PartStats[]): readonly string[] {
  return [...new Set(parts.flatMap(({ polarities }) => Object.keys(polarities)))];
}
