/** A report as JSON: every number unrounded; the wrong sentences as counts only. */
import type { Report } from './types.js';

export function toJson(report: Report): string {
  const { mistakes, ...rest } = report;
  const { leftOut, cellsWithoutPredictions } = mistakes;
  const counted = { kept: mistakes.rows.length, leftOut, cellsWithoutPredictions };
  return `${JSON.stringify({ unit: 'points', ...rest, mistakes: counted }, null, 2)}\n`;
}
