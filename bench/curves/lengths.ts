/** The distillation ratio at four mixes of sequence lengths. */
import type { Bench } from '../lib/bench.js';
import { drawCurve, type Point } from '../lib/chart.js';
import type { Shape } from '../lib/goals.js';
import { measureTraining } from '../scenarios/training.js';

const MIXES = ['sentences', 'short', 'corpus', 'even'];

export async function drawLengths(bench: Bench, shape: Shape): Promise<string> {
  const points: Point[] = [];
  for (const mix of MIXES) {
    const { line } = await measureTraining(bench, {
      scenario: 'distill',
      shape,
      mix,
      batch: 20,
      accumulation: bench.options.quick ? 1 : 2,
      optimizer: 'adamw_scale',
      steps: mix === 'sentences' ? 3 : 1,
      budgetSeconds: 0,
    });
    const { ratio, cpuRatio, usefulTokensPerSecond: tokens } = line;
    points.push({
      label: mix,
      value: ratio.median,
      cells: [
        `${ratio.median.toFixed(2)}×`,
        `${cpuRatio?.median.toFixed(2) ?? ''}×`,
        `${tokens?.ours.toFixed(0) ?? ''} / ${tokens?.theirs.toFixed(0) ?? ''}`,
      ],
    });
  }
  const head = ['lengths', 'ratio', 'CPU seconds', 'useful tokens/s'];
  return drawCurve(`Distillation step by lengths (${shape}, one pair each)`, head, points);
}
