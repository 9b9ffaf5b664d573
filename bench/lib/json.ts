/** `--json`: one object per scenario; of several shapes the one with the lowest ratio stands at the top. */
import { type ComparedName, GOALS, reachOf } from './goals.js';
import type { Line } from './result.js';
import type { Facts } from './table.js';

export function toJson({
  machine,
  lines,
  overhead,
  schedule,
  ranks,
  loading,
  seconds,
  load,
  command,
}: Facts): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const scenario of Object.keys(GOALS) as ComparedName[]) {
    const own = lines.filter((line) => line.scenario === scenario);
    if (own.length > 0) result[scenario] = scenarioOf(own);
  }
  if (overhead !== null) result['overhead'] = overhead;
  if (schedule !== null) result['schedule'] = schedule;
  if (ranks !== null) result['ranks'] = ranks;
  if (loading !== null) result['loading'] = loading;
  return { ...result, machine, load, seconds, command };
}

function scenarioOf(lines: readonly Line[]): Record<string, unknown> {
  const { scenario } = lines[0] as Line;
  const { lessIsBetter } = GOALS[scenario];
  const [worst] = lines.toSorted(
    (a, b) => (lessIsBetter === true ? -1 : 1) * (a.ratio.median - b.ratio.median),
  );
  const { ratio, usefulMfu, label } = worst as Line;
  return {
    ratio: ratio.median,
    min: ratio.min,
    max: ratio.max,
    usefulMfu: usefulMfu?.ours ?? null,
    ...reachOf(scenario, label),
    cases: lines.map(({ scenario: _scenario, more, ...line }) => ({ ...line, ...more })),
  };
}
