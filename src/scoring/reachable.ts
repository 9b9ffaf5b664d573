/** Gold that no prediction can find, because its target does not read back as it. */
import { taskNamed } from '../tasks/registry.js';
import { type Tuple, tupleKey } from '../tasks/task.js';
import { keyGold } from './count.js';
import type { ScoredRow, ScoringRules } from './metrics.js';

/** The gold tuples that a model which writes exactly `written` would not be credited with. */
export function unreachableTuples(
  row: Pick<ScoredRow, 'sentence' | 'goldTuples'>,
  written: string,
  { task, polarities }: ScoringRules,
): Tuple[] {
  const found = new Set(taskNamed(task).parse(written, row.sentence, polarities).tuples.map(tupleKey));
  const { keys } = keyGold(row.goldTuples);
  return row.goldTuples.filter((_tuple, index) => !found.has(keys[index] as string));
}

/** How many gold tuples of all rows their own targets cannot say. */
export function countUnreachable(
  rows: readonly Pick<ScoredRow, 'sentence' | 'goldTuples' | 'gold'>[],
  rules: ScoringRules,
): number {
  return rows.reduce((sum, row) => sum + unreachableTuples(row, row.gold, rules).length, 0);
}
