/** What a cell's texts are worth: dev scores and test scores. */
import type { Config } from '../../config/schema.js';
import { FsaError } from '../../errors.js';
import type { CellResult } from '../../runs/types.js';
import { scoreTexts, type ScoringRules } from '../../scoring/metrics.js';
import { countUnreachable } from '../../scoring/reachable.js';
import { scoreTestTexts } from '../../scoring/score-test.js';
import { POLARITIES } from '../../tasks/vocabulary.js';
import type { EvalDataset } from './datasets.js';
import type { ScoredCell } from './plan.js';

/** Micro-F1 of the dev texts; 0 where nothing stands under it. */
export function scoreDev(cell: ScoredCell, texts: readonly string[], config: Config): number {
  requireTexts(cell, 'dev', texts);
  return scoreTexts(cell.dataset.dev, texts, rulesOf(cell, config)).f1 ?? 0;
}

/** The metrics of the test texts by subset. */
export function scoreTest(
  cell: ScoredCell,
  texts: readonly string[],
  config: Config,
): Pick<
  CellResult,
  'subsets' | 'literature' | 'analysis' | 'unreachableGold' | 'compare' | 'reach' | 'polarities'
> {
  requireTexts(cell, 'test', texts);
  const { test, polarities } = cell.dataset;
  const rules = rulesOf(cell, config);
  return {
    ...scoreTestTexts(test, texts, rules),
    unreachableGold: unreachableOf(cell.dataset, rules),
    compare: config.eval.compare,
    ...(cell.reach === undefined ? {} : { reach: cell.reach }),
    // Labels are told where they are not the usual ones.
    ...(polarities === POLARITIES ? {} : { polarities: [...polarities] }),
  };
}

const knownUnreachable = new WeakMap<EvalDataset, number>();

/** Of a dataset's test set, once for all its cells. */
function unreachableOf(dataset: EvalDataset, rules: ScoringRules): number {
  let count = knownUnreachable.get(dataset);
  if (count === undefined) {
    count = countUnreachable(dataset.test, rules);
    knownUnreachable.set(dataset, count);
  }
  return count;
}

function rulesOf({ key, dataset }: ScoredCell, { eval: { duplicates } }: Config): ScoringRules {
  return { task: key.task, polarities: dataset.polarities, duplicates };
}

/** @throws FsaError PROTOCOL where there is not one text for each sentence */
export function requireTexts(
  { dataset, label }: ScoredCell,
  split: 'dev' | 'test',
  texts: readonly string[],
): void {
  const rows = dataset[split];
  if (texts.length === rows.length) return;
  throw new FsaError(
    'PROTOCOL',
    `The worker gave ${texts.length} texts for ${rows.length} ${split} sentences.`,
    { where: label },
  );
}
