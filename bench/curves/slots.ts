/** Cells per hour by workers at once, one thread each: it grows with them until the cores are used up. */
import type { Bench } from '../lib/bench.js';
import { drawCurve, type Point } from '../lib/chart.js';
import type { Shape } from '../lib/goals.js';
import { DATASETS, makeModel, runOurs } from '../scenarios/cells.js';

const SEEDS = [42, 52, 62];

export async function drawSlots(bench: Bench, shape: Shape): Promise<string> {
  const model = await makeModel(bench, shape);
  const cells = DATASETS.length * SEEDS.length;
  const points: Point[] = [];
  for (let parallel = 1; parallel <= Math.min(3, bench.options.threads + 1); parallel += 1) {
    const spec = { model, datasets: DATASETS, seeds: SEEDS, epochs: 1, parallel, threads: 1 };
    const { seconds, cpuSeconds } = await runOurs(bench, spec);
    const perHour = (3600 * cells) / seconds;
    points.push({
      label: String(parallel),
      value: perHour,
      cells: [perHour.toFixed(0), (cpuSeconds / seconds).toFixed(2)],
    });
    bench.say(`${parallel} slot(s): ${perHour.toFixed(0)} cells an hour`);
  }
  const title = `Cells by slots (${shape}, ${cells} cells of 1 epoch, one thread a slot, ${bench.options.threads} cores)`;
  return drawCurve(title, ['slots', 'cells per hour', 'cores busy'], points);
}
