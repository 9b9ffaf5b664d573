/** `fsa score`: the metrics of any predictions file against gold files. Needs no Python. */
import { dirname, resolve } from 'node:path';
import {
  type Comparison,
  COMPARISONS,
  DUPLICATE_RULES,
  type DuplicateRule,
  type SubsetName,
  TARGET_ORDERS,
  type TargetOrder,
  type Task,
  TASKS,
} from '../tasks/vocabulary.js';
import type { BenchmarkExample } from '../tasks/example.js';
import { subsetsOf } from '../data/benchmark/dataset.js';
import { readDeclaration } from '../data/benchmark/declaration.js';
import { inGoldOrder } from '../data/benchmark/prediction-order.js';
import { readPredictions } from '../data/benchmark/predictions.js';
import { showPrediction } from '../tasks/given-tuples.js';
import { TASK_CHOICE, taskNamed } from '../tasks/registry.js';
import { count } from '../report/format.js';
import { countUnreachable, unreachableTuples } from '../scoring/reachable.js';
import { isRight } from '../scoring/count.js';
import { FsaError } from '../errors.js';
import type { Analysis } from '../scoring/analysis/analyse.js';
import { countRow, type ScoredRow, scoreSubsets, type ScoringRules } from '../scoring/metrics.js';
import { scoreTestRows } from '../scoring/score-test.js';
import { mapPrediction, type SplitReach, wordsOf } from '../scoring/reach.js';
import { inUsualForm, tuplesOfOtherForm } from '../scoring/usual-form.js';
import type { GoldRow } from './eval/datasets.js';
import type { Metrics } from '../scoring/types.js';
import type { Work } from './run/run-handle.js';
import { readAnnotatedFile } from './sources/annotated-file.js';
import { requireChoice } from '../config/require-choice.js';

export interface ScoreOptions {
  readonly task: Task;
  /**
   * Annotated files in the order of the predictions: test.json, then hard_test.json; or files of any form that
   * `fsa data import` reads.
   */
  readonly gold: readonly string[];
  /**
   * A JSON array, or JSON lines, of strings, of objects with `text` or `prediction`, or of objects with `tuples`
   * (`{ "id"?, "tuples": [{ "category", "polarity" }] }`, with the elements of the task); or a file in a
   * form of the gold, such as another annotator's.
   */
  readonly predictions: string;
  /** The predictions are plain lines: each as it stands, an empty one predicting nothing. */
  readonly plainLines?: boolean;
  readonly duplicates?: DuplicateRule;
  readonly targetOrder?: TargetOrder;
  /** Asks the tokenizer of this model (hub id, folder or run) what it leaves of the gold. Needs Python. */
  readonly model?: string;
  /** Whether gold is compared as it is (the default) or as the tokenizer of `model` would write it. */
  readonly compare?: Comparison;
  /** Folder that relative paths start from; the process's own by default. */
  readonly cwd?: string;
}

/** A test sentence with what was expected and predicted. */
export interface ScoredSentence {
  readonly id: string;
  readonly sentence: string;
  readonly gold: string;
  readonly text: string;
  readonly subsets: readonly SubsetName[];
  /** Whether every gold pair was found and nothing else predicted. */
  readonly right: boolean;
  /** How many of its gold tuples no prediction can find. */
  readonly unreachable: number;
}

export interface ScoreResult {
  readonly task: Task;
  readonly duplicates: DuplicateRule;
  readonly subsets: Partial<Record<SubsetName, Metrics>>;
  /** The count of the literature over the same predictions, named in each of its metrics. */
  readonly literature: Partial<Record<SubsetName, Metrics>>;
  /** Why: causes of what is wrong, and figures by category, polarity, form, amount and part of the tuple. */
  readonly analysis: Partial<Record<SubsetName, Analysis>>;
  /** Gold tuples that no prediction can find: their own targets do not read back as them. */
  readonly unreachableGold: number;
  readonly compare: Comparison;
  /** What the tokenizer of the named model leaves of the gold; null where none is named. */
  readonly reach: SplitReach | null;
  /**
   * Without a model: gold tuples that the tokenizers of T5 models usually write otherwise (NFKC, single spaces),
   * their sentences, and the scores with both sides in that form. Null where there are none.
   */
  readonly otherForms: {
    readonly tuples: number;
    readonly ids: readonly string[];
    readonly subsets: Partial<Record<SubsetName, Metrics>>;
  } | null;
  readonly sentences: readonly ScoredSentence[];
}

/**
 * Scores predictions; subsets are cut from them. With one gold file there is no hard subset.
 * @throws FsaError DATA, USAGE
 */
export async function score(options: ScoreOptions, work: Work): Promise<ScoreResult> {
  const { task, duplicates = 'each', targetOrder = 'text', compare = 'exact', cwd = process.cwd() } = options;
  const { signal } = work;
  requireChoice('task', task, TASKS);
  requireChoice('duplicates', duplicates, DUPLICATE_RULES);
  requireChoice('targetOrder', targetOrder, TARGET_ORDERS);
  requireChoice('compare', compare, COMPARISONS);
  if (compare !== 'exact' && options.model === undefined) {
    throw new FsaError('USAGE', `To compare ${compare}, the model whose tokenizer it is must be named.`, {
      advice: 'Name it (--model), or compare exactly.',
    });
  }
  if (options.predictions === '') {
    throw new FsaError('USAGE', 'No predictions file is named.', {
      advice: 'Name one (--predictions FILE).',
    });
  }
  if (options.gold.length === 0 || options.gold.length > 2) {
    throw new FsaError('USAGE', `One or two gold files are scored, not ${options.gold.length}.`, {
      advice: 'Give test.json, or test.json and hard_test.json in this order.',
    });
  }
  const { polarities } = await readDeclaration(dirname(resolve(cwd, options.gold[0] ?? '')));
  const parts: (readonly BenchmarkExample[])[] = [];
  for (const file of options.gold) {
    signal.throwIfAborted();
    parts.push((await readAnnotatedFile(resolve(cwd, file), { ...work, task, polarities })).examples);
  }
  if (parts.every((part) => part.length === 0)) {
    throw new FsaError('DATA', 'The gold files hold no sentences: there is nothing to score.', {
      where: options.gold.join(', '),
      advice: 'Name the files of the test set.',
    });
  }
  const dataset = { test: parts.flat(), testCount: parts[0]?.length ?? 0 };
  tellWithoutGold(options, dataset.test, work.emit);
  const definition = taskNamed(task);
  const found = await readPredictions(resolve(cwd, options.predictions), {
    task: definition,
    plainLines: options.plainLines ?? false,
    annotated: {
      polarities,
      targetOrder,
      readForeign: async (path) => (await readAnnotatedFile(path, { ...work, task, polarities })).examples,
    },
  });
  refuseOtherCount(options, parts, found.length);
  signal.throwIfAborted();
  const predictions = inGoldOrder(found, dataset.test, options.predictions);
  const { goldTuples, targetText } = definition;
  const asked = dataset.test.map((example, index) => ({
    id: example.id,
    sentence: example.sentence,
    gold: targetText(example, targetOrder),
    goldTuples: goldTuples(example),
    prediction: predictions[index] ?? '',
    subsets: subsetsOf(dataset, index),
  }));
  const rules = { task, polarities, duplicates };
  const { rows, reach } = await asTokenizerWrites(asked, rules, { ...options, compare }, { ...work, cwd });
  return {
    task,
    duplicates,
    ...scoreTestRows(rows, rules),
    unreachableGold: countUnreachable(rows, rules),
    compare,
    reach,
    otherForms: reach === null ? scoreOtherForms(rows, rules) : null,
    sentences: rows.map((row, index) => {
      const { id, gold, prediction, subsets } = row;
      const text = showPrediction(definition, prediction);
      const unreachable = unreachableTuples(row, gold, rules).length;
      const sentence = asked[index]?.sentence ?? '';
      return { id, sentence, gold, text, subsets, right: isRight(countRow(row, rules)), unreachable };
    }),
  };
}

/** A figure over nothing is empty, which looks like a mistake of the predictions. */
function tellWithoutGold(
  { task, gold }: ScoreOptions,
  examples: readonly BenchmarkExample[],
  emit: Work['emit'],
): void {
  const { goldTuples } = taskNamed(task);
  if (examples.some((example) => goldTuples(example).length > 0)) return;
  const lack = `The gold files hold no tuples of ${task} in their ${count(examples.length, 'sentence')}`;
  const message = `${lack}, so recall and F1 are empty: check the files and --task (${TASK_CHOICE}).`;
  emit({ type: 'warning', message, where: gold.join(', ') });
}

type Row = GoldRow & ScoredRow;

/** Rows as they are compared; asked of the model's tokenizer where a model is named. */
async function asTokenizerWrites(
  rows: readonly Row[],
  rules: ScoringRules,
  { model, compare }: Pick<ScoreOptions, 'model' | 'compare'>,
  work: Work & { readonly cwd: string },
): Promise<{ readonly rows: readonly Row[]; readonly reach: SplitReach | null }> {
  if (model === undefined) return { rows, reach: null };
  // What asks a worker is loaded where one is asked.
  const { measureFiles } = await import('./data/dataset-reach.js');
  const predicted = compare === 'exact' ? [] : rows.flatMap(({ prediction }) => wordsOf(prediction));
  const { files, tripOf } = await measureFiles([{ rules, rows }], { model, compare }, work, predicted);
  const written = (words: string): string => tripOf(words).text;
  return {
    rows: rows.map((row, index) => ({
      ...row,
      ...files[0]?.rows[index],
      prediction: compare === 'exact' ? row.prediction : mapPrediction(row.prediction, written),
    })),
    reach: files[0]?.reach ?? null,
  };
}

/** What the score would be but for forms of characters and spaces; null where gold has none but the usual. */
function scoreOtherForms(rows: readonly Row[], rules: ScoringRules): ScoreResult['otherForms'] {
  const others = rows.map((row) => ({ id: row.id, tuples: tuplesOfOtherForm(row, rules).length }));
  const changed = others.filter(({ tuples }) => tuples > 0);
  if (changed.length === 0) return null;
  return {
    tuples: changed.reduce((sum, { tuples }) => sum + tuples, 0),
    ids: changed.map(({ id }) => id),
    subsets: scoreSubsets(rows.map(inUsualForm), rules),
  };
}

function refuseOtherCount(
  options: ScoreOptions,
  parts: readonly (readonly BenchmarkExample[])[],
  found: number,
): void {
  const wanted = parts.reduce((sum, part) => sum + part.length, 0);
  if (found === wanted) return;
  const counts = options.gold.map((file, index) => `${parts[index]?.length ?? 0} in ${file}`).join(', ');
  const onlyFirst = parts.length === 2 && found === parts[0]?.length;
  const both =
    parts.length === 1 ? ' If hard_test.json was predicted too, name it as a second gold file.' : '';
  throw new FsaError('DATA', `There are ${found} predictions for ${wanted} gold sentences (${counts}).`, {
    where: options.predictions,
    advice: onlyFirst
      ? 'The predictions cover the first gold file alone: leave out the second.'
      : `Predictions stand in the order of the gold files, one for every sentence.${both}`,
  });
}
