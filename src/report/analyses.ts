/** What stands behind the scores of each group, its seeds together. */
import { poolAnalyses } from '../scoring/analysis/pool.js';
import { POLARITIES } from '../tasks/vocabulary.js';
import { rowKeys, type TaskGroups } from './task-groups.js';
import type { Column, SetAnalysis } from './types.js';

export function gatherAnalyses(groups: TaskGroups, columns: readonly Column[]): SetAnalysis[] {
  return columns.flatMap(({ dataset, subset }) =>
    rowKeys(groups).flatMap(({ model, trainShare }): SetAnalysis[] => {
      const cells = groups.find(model, dataset, trainShare)?.cells ?? [];
      const found = cells.flatMap(({ analysis }) => analysis?.[subset] ?? []);
      if (found.length === 0) return [];
      const place = { dataset, subset, model, trainShare, seeds: found.length };
      return [{ ...place, polarities: cells[0]?.polarities ?? POLARITIES, analysis: poolAnalyses(found) }];
    }),
  );
}
