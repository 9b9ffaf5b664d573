/** One whole eval cell: start, tokenising, training, dev set every epoch, five subsets, scores, report. */
import type { Bench } from '../lib/bench.js';
import type { Shape } from '../lib/goals.js';
import type { Line } from '../lib/result.js';
import { describeParts, partsOf } from './cell-parts.js';
import { DATASETS, makeModel, nameOf, runOurs, runTheirs } from './cells.js';
import { FEWEST_EPOCHS, oursAtPublished, theirsAtPublished } from './published-epochs.js';
import { compareWholeCells } from './whole-cells.js';

const SEED = 42;

export async function measureCell(bench: Bench, shape: Shape): Promise<Line> {
  const { quick, threads } = bench.options;
  const epochs = FEWEST_EPOCHS + (quick ? 0 : 1);
  const model = await makeModel(bench, shape);
  const [dataset = ''] = DATASETS;
  const spec = { model, datasets: [dataset], seeds: [SEED], epochs, parallel: 1, threads };
  return await compareWholeCells(bench, {
    scenario: 'cell',
    shape,
    epochs,
    ours: async () => {
      const ours = await runOurs(bench, spec);
      bench.say(`cell ${shape}, parts of ours: ${describeParts(partsOf(ours))}`);
      return ours;
    },
    theirs: async () => await runTheirs(bench, spec, dataset, SEED),
    budgetSeconds: quick ? 0 : 300,
    atPublished: ({ ours, theirs }) => ({
      ours: oursAtPublished(ours, epochs),
      theirs: theirsAtPublished(theirs, epochs),
    }),
    run: `${shape}, ${nameOf(dataset)}, ${epochs} epoch(s), ${bench.precision}, process start to end`,
    more: (pairs) => ({
      ourParts: pairs.map(({ ours }) => partsOf(ours)),
      theirParts: pairs.map(({ theirs: { trainSeconds, devSeconds, testSeconds, epochSeconds } }) => ({
        trainSeconds,
        devSeconds,
        testSeconds,
        epochSeconds,
      })),
    }),
  });
}
