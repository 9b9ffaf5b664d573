/** Which rows hold the highest mean of a column. */
import { formatPoints } from './format.js';
import type { TaskReport } from './types.js';

/** Per column the rows with the highest mean as shown; none among zeros, or where fewer than two can be compared. */
export function bestInColumns(task: TaskReport): ReadonlySet<number>[] {
  return task.columns.map((_, column) => {
    const means = task.rows.map((row) => row.cells[column]?.f1.mean ?? null);
    const known = means.filter((mean) => mean !== null);
    if (known.length < 2) return new Set();
    const best = formatPoints(Math.max(...known));
    if (best === formatPoints(0)) return new Set();
    return new Set(means.flatMap((mean, row) => (mean !== null && formatPoints(mean) === best ? [row] : [])));
  });
}
