/** Our useful tokens per second as the batch grows: flat, but for the share of the optimizer in small ones. */
import type { Bench } from '../lib/bench.js';
import { drawCurve, type Point } from '../lib/chart.js';
import type { Shape } from '../lib/goals.js';
import { sum } from '../lib/statistics.js';
import { runSide } from '../scenarios/sides.js';

const BATCHES = [8, 16, 32, 64];

export async function drawBatches(bench: Bench, shape: Shape): Promise<string> {
  const points: Point[] = [];
  for (const batch of BATCHES) {
    const flags = {
      shape,
      mix: 'corpus',
      batch,
      accumulation: 1,
      steps: Math.max(1, 32 / batch),
      precision: bench.precision,
    };
    const { seconds, cpuSeconds, tokens = [] } = await runSide(bench, 'ours', 'train', flags);
    const rate = sum(tokens) / sum(seconds);
    points.push({
      label: String(batch),
      value: rate,
      cells: [rate.toFixed(0), (sum(tokens) / sum(cpuSeconds)).toFixed(0)],
    });
    bench.say(`batch ${batch}: ${rate.toFixed(0)} useful tokens/s`);
  }
  const head = ['batch', 'useful tokens/s', 'per CPU second'];
  return drawCurve(`Training by batch size (${shape}, corpus lengths, no accumulation)`, head, points);
}
