/** The table of scores per task, and the learning curves over shares of the training data. */
import { TASKS } from '../tasks/vocabulary.js';
import { countNotes } from './count-notes.js';
import { compareWithBaseline } from './differences.js';
import type { Group } from './series.js';
import { indexGroups, rowKeys, type TaskGroups } from './task-groups.js';
import { rulesOf, subsetsIn, summarize, summarizeGroup } from './summarize.js';
import type { Column, LearningCurve, ScoreRow, TaskReport } from './types.js';

/** One report per task that any cell is planned for. */
export function makeTaskReports(groups: readonly Group[], baseline: string | null): TaskReport[] {
  return TASKS.flatMap((task) => {
    const all = groups.filter((group) => group.task === task);
    return all.length === 0 ? [] : [makeTaskReport(indexGroups(task, all), baseline)];
  });
}

function makeTaskReport(groups: TaskGroups, baseline: string | null): TaskReport {
  const columns = groups.datasets.flatMap((dataset) =>
    subsetsIn(groups.all.filter((group) => group.dataset === dataset)).map((subset) => ({ dataset, subset })),
  );
  const rules = groups.all.flatMap((group) => rulesOf(group, 'all'));
  return {
    task: groups.task,
    columns,
    rows: makeRows(groups, columns),
    duplicates: [...new Set(rules)],
    countNotes: countNotes(groups.all),
    differences: baseline === null ? null : compareWithBaseline(groups, columns, baseline),
    learningCurves:
      groups.shares.length < 2 ? [] : groups.datasets.map((name) => learningCurve(groups, name)),
  };
}

function makeRows(groups: TaskGroups, columns: readonly Column[]): ScoreRow[] {
  return rowKeys(groups).map(({ model, trainShare }) => ({
    model,
    trainShare,
    cells: columns.map((column) => summarizeGroup(groups.find(model, column.dataset, trainShare), column)),
  }));
}

function learningCurve(groups: TaskGroups, dataset: string): LearningCurve {
  return {
    dataset,
    shares: groups.shares,
    rows: groups.models.map((model) => ({
      model,
      points: groups.shares.map((share) => summarize(groups.find(model, dataset, share), 'all')),
    })),
  };
}
