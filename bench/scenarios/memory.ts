/** Peak memory of a distillation step, from the same processes that were timed. */
import type { Line } from '../lib/result.js';
import { spreadOf } from '../lib/statistics.js';
import type { TrainingPairs } from './training.js';

const GB = 1e9;

/** @param run what was run, as the timed scenario says it */
export function compareMemory(label: string, pairs: TrainingPairs, run: string): Line {
  const peaks = {
    ours: pairs.map(({ ours }) => ours.peakBytes),
    theirs: pairs.map(({ theirs }) => theirs.peakBytes),
  };
  const [ours, theirs] = [spreadOf(peaks.ours).median / GB, spreadOf(peaks.theirs).median / GB];
  return {
    scenario: 'memory',
    label,
    ratio: spreadOf(pairs.map((pair) => pair.ours.peakBytes / pair.theirs.peakBytes)),
    cpuRatio: null,
    usefulTokensPerSecond: null,
    usefulMfu: null,
    run: `${ours.toFixed(2)} GB against ${theirs.toFixed(2)} GB: ${run}`,
    more: { peakBytes: peaks },
  };
}
