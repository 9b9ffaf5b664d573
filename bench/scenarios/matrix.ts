/** The matrix 2 datasets × 4 seeds with two workers, against one process after another of the yardstick. */
import type { Bench } from '../lib/bench.js';
import type { Shape } from '../lib/goals.js';
import type { Line } from '../lib/result.js';
import { sum } from '../lib/statistics.js';
import { DATASETS, makeModel, nameOf, runOurs, runTheirs, type TheirCell } from './cells.js';
import { FEWEST_EPOCHS, oursAtPublished, theirsAtPublished } from './published-epochs.js';
import { compareWholeCells } from './whole-cells.js';

const SEEDS = [42, 52, 62, 72];
const PARALLEL = 2;

/** Ours whole; of the yardstick's processes the first seed of each dataset, the others estimated as long. */
export async function measureMatrix(bench: Bench, shape: Shape): Promise<Line> {
  const { quick } = bench.options;
  const seeds = quick ? SEEDS.slice(0, 2) : SEEDS;
  const epochs = FEWEST_EPOCHS;
  const model = await makeModel(bench, shape);
  const spec = { model, datasets: DATASETS, seeds, epochs, parallel: PARALLEL, threads: null };
  const timed = quick ? DATASETS.slice(0, 1) : DATASETS;
  const cells = DATASETS.length * seeds.length;
  const what = `${shape}, ${DATASETS.map(nameOf).join(' and ')}, ${seeds.length} seeds, ${epochs} epoch(s), ${bench.precision}, --parallel ${PARALLEL}`;
  return await compareWholeCells(bench, {
    scenario: 'matrix',
    shape,
    epochs,
    ours: async () => {
      const ours = await runOurs(bench, spec);
      const busy = ours.cpuSeconds / ours.seconds / bench.options.threads;
      bench.say(
        `matrix ${shape}: ours keeps ${(busy * 100).toFixed(0)} % of ${bench.options.threads} processors busy`,
      );
      return ours;
    },
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
    budgetSeconds: quick ? 0 : 240,
    atPublished: ({ ours, theirs }) => ({
      ours: oursAtPublished(ours, epochs, cells, PARALLEL),
      theirs: theirs.atPublished,
    }),
    run: `${what}; ours whole, of the yardstick's ${cells} processes ${timed.length} run and ${cells - timed.length} estimated as long`,
    more: () => ({ cells, yardstickProcessesRun: timed.length }),
  });
}
