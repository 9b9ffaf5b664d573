/** The matrix 2 datasets × 4 seeds with two workers, against one process after another of the yardstick. */
import type { Bench } from '../lib/bench.js';
import type { Shape } from '../lib/goals.js';
import { ratiosOf, type Line } from '../lib/result.js';
import { spreadOf, sum } from '../lib/statistics.js';
import { takeTurns } from '../lib/turns.js';
import { DATASETS, makeModel, nameOf, runOurs, runTheirs, type TheirCell } from './cells.js';
import { FEWEST_EPOCHS, oursAtPublished, PUBLISHED_EPOCHS, theirsAtPublished } from './published-epochs.js';

const SEEDS = [42, 52, 62, 72];
const PARALLEL = 2;

/** Ours whole; of the yardstick's processes the first seed of each dataset, the others reckoned as long. */
export async function measureMatrix(bench: Bench, shape: Shape): Promise<Line> {
  const { quick, pairs: most } = bench.options;
  const seeds = quick ? SEEDS.slice(0, 2) : SEEDS;
  const epochs = FEWEST_EPOCHS;
  const model = await makeModel(bench, shape);
  const spec = { model, datasets: DATASETS, seeds, epochs, parallel: PARALLEL, threads: null };
  const timed = quick ? DATASETS.slice(0, 1) : DATASETS;
  const cells = DATASETS.length * seeds.length;
  const pairs = await takeTurns({
    ours: () => runOurs(bench, spec),
    theirs: async () => {
      const each: TheirCell[] = [];
      for (const dataset of timed) each.push(await runTheirs(bench, spec, dataset, SEEDS[0] ?? 0));
      const scale = cells / timed.length;
      return {
        seconds: scale * sum(each.map(({ seconds }) => seconds)),
        cpuSeconds: scale * sum(each.map(({ cpuSeconds }) => cpuSeconds)),
        atPublished: scale * sum(each.map((one) => theirsAtPublished(one, epochs))),
      };
    },
    pairs: most,
    budgetSeconds: quick ? 0 : 240,
    onPair: ({ ours, theirs }, index) =>
      bench.say(
        `matrix ${shape}, pair ${index + 1}: ${ours.seconds.toFixed(1)} s against ${theirs.seconds.toFixed(1)} s (reckoned)`,
      ),
  });
  const atPublished = spreadOf(
    pairs.map(({ ours, theirs }) => theirs.atPublished / oursAtPublished(ours, epochs, cells, PARALLEL)),
  ).median;
  return {
    scenario: 'matrix',
    label: shape,
    ...ratiosOf(pairs),
    usefulTokensPerSecond: null,
    usefulMfu: null,
    run: `${shape}, ${DATASETS.map(nameOf).join(' and ')}, ${seeds.length} seeds, ${epochs} epoch(s), --parallel ${PARALLEL}, ${pairs.length} pair(s); ours whole, of the yardstick's ${cells} processes ${timed.length} run and ${cells - timed.length} reckoned as long; reckoned for ${PUBLISHED_EPOCHS} epochs from the parts: ${atPublished.toFixed(2)}×`,
    more: {
      cells,
      epochs,
      yardstickProcessesRun: timed.length,
      reckonedRatioAt20Epochs: atPublished,
      seconds: {
        ours: pairs.map(({ ours }) => ours.seconds),
        theirs: pairs.map(({ theirs }) => theirs.seconds),
      },
    },
  };
}
