/** What a run's cells cost the process that hands them out, by their number: a cell costs the same in any company. */
import type { Bench } from '../lib/bench.js';
import { drawCurve, type Point } from '../lib/chart.js';
import { measureCells } from '../scenarios/schedule.js';

const CELLS = [40, 120, 240, 520];

export async function drawCells(bench: Pick<Bench, 'say'>): Promise<string> {
  const points: Point[] = [];
  for (const count of CELLS) {
    const { cells, decisionsSeconds, cellCpuSeconds, resumeCpuSeconds } = await measureCells(
      count,
      count / 8,
      count,
    );
    const each = 1000 * (cellCpuSeconds + decisionsSeconds / cells);
    points.push({
      label: String(cells),
      value: each,
      cells: [each.toFixed(1), ((1000 * resumeCpuSeconds) / cells).toFixed(1)],
    });
    bench.say(`${cells} cells: ${each.toFixed(1)} ms of the processor each`);
  }
  const head = ['cells', 'ms of the processor a cell', 'of resuming'];
  return drawCurve('The coordinator by cells (20 epochs each, workers that answer at once)', head, points);
}
