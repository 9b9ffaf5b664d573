/** `fsa score`: the metrics of any predictions file against gold files. Needs no Python. */
import { dirname, resolve } from 'node:path';
import {
  DUPLICATE_RULES,
  type DuplicateRule,
  type SubsetName,
  TARGET_ORDERS,
  type TargetOrder,
  type Task,
  TASKS,
} from '../tasks/vocabulary.js';
import type { BenchmarkExample } from '../tasks/example.js';
import { readBenchmarkFile } from '../data/benchmark/benchmark.js';
import { subsetsOf } from '../data/benchmark/dataset.js';
import { readDeclaration } from '../data/benchmark/declaration.js';
import { type FoundPrediction, readPredictions } from '../data/benchmark/predictions.js';
import { type PredictionForm, showPrediction } from '../tasks/given-tuples.js';
import { taskNamed } from '../tasks/registry.js';
import { countUnreachable, unreachableTuples } from '../scoring/reachable.js';
import { isRight } from '../scoring/count.js';
import { FsaError } from '../errors.js';
import { type Analysis, analyseSubsets } from '../scoring/analysis/analyse.js';
import { countRow, scoreSubsets } from '../scoring/metrics.js';
import type { Metrics } from '../scoring/types.js';
import type { Work } from './run/run-handle.js';
import { requireChoice } from '../config/require-choice.js';

export interface ScoreOptions {
  readonly task: Task;
  /** Benchmark files in the order of the predictions: test.json, then hard_test.json. */
  readonly gold: readonly string[];
  /**
   * A JSON array, or JSON lines, of strings, of objects with `text` or `prediction`, or of objects with `tuples`
   * (`{ "id"?, "tuples": [{ "category", "polarity" }] }`, with the elements of the task); or a file in the
   * benchmark's form, such as another annotator's.
   */
  readonly predictions: string;
  /** The predictions are plain lines: each as it stands, an empty one predicting nothing. */
  readonly plainLines?: boolean;
  readonly duplicates?: DuplicateRule;
  readonly targetOrder?: TargetOrder;
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
  readonly sentences: readonly ScoredSentence[];
}

/**
 * Scores predictions; subsets are cut from them. With one gold file there is no hard subset.
 * @throws FsaError DATA, USAGE
 */
export async function score(options: ScoreOptions, { signal }: Pick<Work, 'signal'>): Promise<ScoreResult> {
  const { task, duplicates = 'each', targetOrder = 'text', cwd = process.cwd() } = options;
  requireChoice('task', task, TASKS);
  requireChoice('duplicates', duplicates, DUPLICATE_RULES);
  requireChoice('targetOrder', targetOrder, TARGET_ORDERS);
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
  const parts: BenchmarkExample[][] = [];
  for (const file of options.gold) {
    signal.throwIfAborted();
    parts.push(await readBenchmarkFile(resolve(cwd, file), task, polarities));
  }
  if (parts.every((part) => part.length === 0)) {
    throw new FsaError('DATA', 'The gold files hold no sentences: there is nothing to score.', {
      where: options.gold.join(', '),
      advice: 'Name the files of the test set.',
    });
  }
  const dataset = { test: parts.flat(), testCount: parts[0]?.length ?? 0 };
  const definition = taskNamed(task);
  const found = await readPredictions(resolve(cwd, options.predictions), {
    task: definition,
    plainLines: options.plainLines ?? false,
    annotated: { polarities, targetOrder },
  });
  refuseOtherCount(options, parts, found.length);
  signal.throwIfAborted();
  const predictions = inGoldOrder(found, dataset.test);
  const { goldTuples, targetText } = definition;
  const rows = dataset.test.map((example, index) => ({
    id: example.id,
    sentence: example.sentence,
    gold: targetText(example, targetOrder),
    goldTuples: goldTuples(example),
    prediction: predictions[index] ?? '',
    subsets: subsetsOf(dataset, index),
  }));
  const rules = { task, polarities, duplicates };
  return {
    task,
    duplicates,
    subsets: scoreSubsets(rows, rules),
    literature: scoreSubsets(rows, { ...rules, counting: definition.literature }),
    analysis: analyseSubsets(rows, rules),
    unreachableGold: countUnreachable(rows, rules),
    sentences: rows.map((row) => {
      const { id, sentence, gold, prediction, subsets } = row;
      const text = showPrediction(definition, prediction);
      const unreachable = unreachableTuples(row, gold, rules).length;
      return { id, sentence, gold, text, subsets, right: isRight(countRow(row, rules)), unreachable };
    }),
  };
}

/** Predictions that name exactly the sentences of the gold files are found by their ids, others by their place. */
function inGoldOrder(
  found: readonly FoundPrediction[],
  gold: readonly BenchmarkExample[],
): readonly PredictionForm[] {
  const byId = new Map(found.map(({ id, prediction }) => [id, prediction]));
  const named = new Set(gold.map(({ id }) => id));
  const isByName = byId.size === found.length && named.size === gold.length;
  return isByName && gold.every(({ id }) => byId.has(id))
    ? gold.map(({ id }) => byId.get(id) ?? '')
    : found.map(({ prediction }) => prediction);
}

function refuseOtherCount(options: ScoreOptions, parts: readonly BenchmarkExample[][], found: number): void {
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
