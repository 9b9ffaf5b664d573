/** One whole eval cell: start, tokenising, training, dev set every epoch, five subsets, scores, report. */
import type { Bench } from '../lib/bench.js';
import type { Shape } from '../lib/goals.js';
import { ratiosOf, type Line } from '../lib/result.js';
import { spreadOf } from '../lib/statistics.js';
import { takeTurns } from '../lib/turns.js';
import { DATASETS, makeModel, nameOf, runOurs, runTheirs } from './cells.js';
import { FEWEST_EPOCHS, oursAtPublished, PUBLISHED_EPOCHS, theirsAtPublished } from './published-epochs.js';

const SEED = 42;

export async function measureCell(bench: Bench, shape: Shape): Promise<Line> {
  const { quick, pairs: most } = bench.options;
  const epochs = FEWEST_EPOCHS + (quick ? 0 : 1);
  const model = await makeModel(bench, shape);
  const [dataset = ''] = DATASETS;
  const spec = {
    model,
    datasets: [dataset],
    seeds: [SEED],
    epochs,
    parallel: 1,
    threads: bench.options.threads,
  };
  const pairs = await takeTurns({
    ours: () => runOurs(bench, spec),
    theirs: () => runTheirs(bench, spec, dataset, SEED),
    pairs: most,
    budgetSeconds: quick ? 0 : 300,
    onPair: ({ ours, theirs }, index) =>
      bench.say(
        `cell ${shape}, pair ${index + 1}: ${ours.seconds.toFixed(1)} s against ${theirs.seconds.toFixed(1)} s`,
      ),
  });
  const atPublished = spreadOf(
    pairs.map(({ ours, theirs }) => theirsAtPublished(theirs, epochs) / oursAtPublished(ours, epochs)),
  ).median;
  return {
    scenario: 'cell',
    label: shape,
    ...ratiosOf(pairs),
    usefulTokensPerSecond: null,
    usefulMfu: null,
    run: `${shape}, ${nameOf(dataset)}, ${epochs} epoch(s), bf16, process start to end, ${pairs.length} pair(s); reckoned for ${PUBLISHED_EPOCHS} epochs from the parts: ${atPublished.toFixed(2)}×`,
    more: {
      epochs,
      reckonedRatioAt20Epochs: atPublished,
      seconds: {
        ours: pairs.map(({ ours }) => ours.seconds),
        theirs: pairs.map(({ theirs }) => theirs.seconds),
      },
      theirParts: pairs.map(({ theirs: { trainSeconds, devSeconds, testSeconds, epochSeconds } }) => ({
        trainSeconds,
        devSeconds,
        testSeconds,
        epochSeconds,
      })),
    },
  };
}
