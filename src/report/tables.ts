/** The table of scores per task, and the learning curves over shares of the training data. */
import { TASKS } from '../tasks/vocabulary.js';
import { gatherAnalyses } from './analyses.js';
import { countNotes } from './count-notes.js';
import { compareWithBaseline } from './differences.js';
import { macroCell, macroColumn } from './macro.js';
import { Resampling, type SentencesByJob } from './resampling.js';
import type { Group } from './series.js';
import { indexGroups, rowKeys, type TaskGroups } from './task-groups.js';
import { rulesOf, subsetsIn, summarize, summarizeGroup } from './summarize.js';
import type { Column, LearningCurve, ScoreCell, ScoreRow, TaskReport } from './types.js';

/** One report per task that any cell is planned for. */
export function makeTaskReports(
  groups: readonly Group[],
  baseline: string | null,
  sentences: SentencesByJob,
): TaskReport[] {
  return TASKS.flatMap((task) => {
    const all = groups.filter((group) => group.task === task);
    return all.length === 0 ? [] : [makeTaskReport(indexGroups(task, all), baseline, sentences)];
  });
}

function makeTaskReport(groups: TaskGroups, baseline: string | null, sentences: SentencesByJob): TaskReport {
  const single = groups.datasets.flatMap((dataset) =>
    subsetsIn(groups.all.filter((group) => group.dataset === dataset)).map((subset) => ({ dataset, subset })),
  );
  const macro = macroColumn(groups.datasets);
  const columns = macro === null ? single : [...single, macro];
  const rules = groups.all.flatMap((group) => rulesOf(group, 'all'));
  const resampling = new Resampling(groups, sentences);
  const rows = makeRows(groups, columns, resampling);
  return {
    task: groups.task,
    columns,
    rows,
    duplicates: [...new Set(rules)],
    countNotes: countNotes(groups.all),
    differences:
      baseline === null ? null : compareWithBaseline(groups, { columns, rows }, baseline, resampling),
    learningCurves:
      groups.shares.length < 2 ? [] : groups.datasets.map((name) => learningCurve(groups, name)),
    analyses: gatherAnalyses(groups, single),
  };
}

function makeRows(groups: TaskGroups, columns: readonly Column[], resampling: Resampling): ScoreRow[] {
  return rowKeys(groups).map(({ model, trainShare }) => {
    const cells: ScoreCell[] = [];
    for (const column of columns) {
      const cell =
        column.over === undefined
          ? summarizeGroup(groups.find(model, column.dataset, trainShare), column)
          : macroCell(column, cells);
      const known = cell.f1.mean !== null;
      cells.push({ ...cell, interval: known ? resampling.interval(column, model, trainShare) : null });
    }
    return { model, trainShare, cells };
  });
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
