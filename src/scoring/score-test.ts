/** All that is said of the predictions of a test set, in one pass over its rows. */
import { type PredictionForm, readPrediction } from '../tasks/given-tuples.js';
import { taskNamed } from '../tasks/registry.js';
import type { SubsetName } from '../tasks/vocabulary.js';
import { type Analysis, analysisOf, marksOf } from './analysis/analyse.js';
import { addMark, areBelow, type Marks, Names } from './analysis/marks.js';
import { lookAt } from './analysis/sentence.js';
import { tallySubsets } from './analysis/subset-tallies.js';
import { type Counts, emptyCounts } from './count.js';
import { KnownTexts } from './known-texts.js';
import { countPrediction, metricsOf, type ScoringRules, type SubsetRow } from './metrics.js';
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

/** Figures of which a sentence has one each. */
type Score = 'subsets' | 'literature';
type TestNames = Names<keyof Analysis | Score>;

/** As `scoreSubsets` by both counts and `analyseSubsets`; each row is looked at once. @param rows must not change */
export function scoreTestRows(rows: readonly SubsetRow[], rules: TestRules): TestScores {
  const names: TestNames = new Names();
  const worthOf = worthBy(rules, names);
  const worths = rows.map((row) => worthOf(row, row.prediction));
  return scoresOf(rows, worths, names, rules);
}

/** That last from cell to cell: models make up any number of categories, hardly one of which comes again. */
const LASTING_NAMES = 250;

const known = new KnownTexts<Marks>((marks) => areBelow(marks, LASTING_NAMES));
const knownNames = new WeakMap<readonly GoldOfTest[], TestNames>();

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
  let names = knownNames.get(rows);
  if (names === undefined) knownNames.set(rows, (names = new Names()));
  names.keepFirst(LASTING_NAMES);
  const deciding = [names, rules.task, rules.duplicates, rules.polarities];
  return scoresOf(rows, known.valuesOf(rows, texts, deciding, worthBy(rules, names)), names, rules);
}

/** What one text is worth for one row. */
function worthBy(rules: TestRules, names: TestNames): (row: GoldOfTest, prediction: PredictionForm) => Marks {
  const task = taskNamed(rules.task);
  const literature = literatureOf(rules);
  return (row, given) => {
    const prediction = readPrediction(task, given, row.sentence, rules.polarities);
    const sentence = lookAt(task, row.goldTuples, prediction, rules);
    const marks = marksOf(sentence, names);
    addMark(marks, names.numberOf('subsets', ''), sentence.counts);
    addMark(marks, names.numberOf('literature', ''), countPrediction(row, prediction, literature));
    return marks;
  };
}

function literatureOf(rules: TestRules): ScoringRules {
  return { ...rules, counting: taskNamed(rules.task).literature };
}

/** @param worths one for each row */
function scoresOf(
  rows: readonly Pick<SubsetRow, 'subsets'>[],
  worths: readonly Marks[],
  names: TestNames,
  rules: TestRules,
): TestScores {
  const scores = { subsets: {}, literature: {}, analysis: {} } as TestScores;
  for (const [subset, { lists }] of tallySubsets(rows, worths, names)) {
    const countsOf = (score: Score): Counts => lists.get(score)?.[0]?.[1] ?? emptyCounts();
    scores.subsets[subset] = metricsOf(countsOf('subsets'), rules);
    scores.literature[subset] = metricsOf(countsOf('literature'), literatureOf(rules));
    scores.analysis[subset] = analysisOf(lists);
  }
  return scores;
}
