/** All that is said of the predictions of a test set, in one pass over its rows. */
import { readPrediction } from '../tasks/given-tuples.js';
import { taskNamed } from '../tasks/registry.js';
import type { SubsetName } from '../tasks/vocabulary.js';
import { type Analysis, lookAt, type Sentence, tallySubsets } from './analysis/analyse.js';
import type { Counts } from './count.js';
import { KnownTexts } from './known-texts.js';
import { countPrediction, type ScoringRules, type SubsetRow, sumSubsets } from './metrics.js';
import type { Metrics } from './types.js';

export interface TestScores {
  readonly subsets: Partial<Record<SubsetName, Metrics>>;
  /** The count of the literature over the same predictions. */
  readonly literature: Partial<Record<SubsetName, Metrics>>;
  /** What stands behind the scores. */
  readonly analysis: Partial<Record<SubsetName, Analysis>>;
}

/** What one text is worth for one row. */
interface Worth {
  readonly literature: Readonly<Counts>;
  readonly sentence: Sentence;
}

const known = new KnownTexts<Worth>();

/** As `scoreSubsets` by both counts and `analyseSubsets`; each row is looked at once. */
export function scoreTestRows(rows: readonly SubsetRow[], rules: Omit<ScoringRules, 'counting'>): TestScores {
  const task = taskNamed(rules.task);
  const literature = { ...rules, counting: task.literature };
  const deciding = [rules.task, rules.duplicates, rules.polarities];
  const worths = rows.map((row) =>
    known.valueOf(row, deciding, () => {
      const prediction = readPrediction(task, row.prediction, row.sentence, rules.polarities);
      const sentence = lookAt(task, row.goldTuples, prediction, rules);
      return { sentence, literature: countPrediction(row, prediction, literature) };
    }),
  );
  const worthAt = (index: number): Worth => worths[index] as Worth;
  return {
    subsets: sumSubsets(rows, rules, (index) => worthAt(index).sentence.counts),
    literature: sumSubsets(rows, literature, (index) => worthAt(index).literature),
    analysis: tallySubsets(rows, (index) => worthAt(index).sentence),
  };
}
