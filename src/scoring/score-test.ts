/** All that is said of the predictions of a test set, in one pass over its rows. */
import { type PredictionForm, readPrediction } from '../tasks/given-tuples.js';
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

export type TestRules = Omit<ScoringRules, 'counting'>;

type GoldOfTest = Omit<SubsetRow, 'prediction'>;

/** What one text is worth for one row. */
interface Worth {
  readonly literature: Readonly<Counts>;
  readonly sentence: Sentence;
}

/** As `scoreSubsets` by both counts and `analyseSubsets`; each row is looked at once. */
export function scoreTestRows(rows: readonly SubsetRow[], rules: TestRules): TestScores {
  const worthOf = worthBy(rules);
  return scoresOf(
    rows,
    rows.map((row) => worthOf(row, row.prediction)),
    rules,
  );
}

const known = new KnownTexts<Worth>();

/**
 * As `scoreTestRows`, of a test set that many cells are scored on: what was seen before is not looked at again.
 * @param rows must not change
 * @param texts one for each row
 */
export function scoreTestTexts(
  rows: readonly GoldOfTest[],
  texts: readonly string[],
  rules: TestRules,
): TestScores {
  const deciding = [rules.task, rules.duplicates, rules.polarities];
  return scoresOf(rows, known.valuesOf(rows, texts, deciding, worthBy(rules)), rules);
}

function worthBy(rules: TestRules): (row: GoldOfTest, prediction: PredictionForm) => Worth {
  const task = taskNamed(rules.task);
  const literature = literatureOf(rules);
  return (row, given) => {
    const prediction = readPrediction(task, given, row.sentence, rules.polarities);
    const sentence = lookAt(task, row.goldTuples, prediction, rules);
    return { sentence, literature: countPrediction(row, prediction, literature) };
  };
}

function literatureOf(rules: TestRules): ScoringRules {
  return { ...rules, counting: taskNamed(rules.task).literature };
}

/** @param worths one for each row */
function scoresOf(
  rows: readonly Pick<SubsetRow, 'subsets'>[],
  worths: readonly Worth[],
  rules: TestRules,
): TestScores {
  const worthAt = (index: number): Worth => worths[index] as Worth;
  return {
    subsets: sumSubsets(rows, rules, (index) => worthAt(index).sentence.counts),
    literature: sumSubsets(rows, literatureOf(rules), (index) => worthAt(index).literature),
    analysis: tallySubsets(rows, (index) => worthAt(index).sentence),
  };
}
