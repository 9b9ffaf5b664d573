/** Whole cells of both sides in turns, as one line of the table; also estimated for as many epochs as published. */
import type { Bench } from '../lib/bench.js';
import type { Shape } from '../lib/goals.js';
import { ratiosOf, type Clocked, type Line } from '../lib/result.js';
import { spreadOf } from '../lib/statistics.js';
import { takeTurns, type Pair } from '../lib/turns.js';
import { PUBLISHED_EPOCHS } from './published-epochs.js';

export interface WholeCells<Ours, Theirs> {
  readonly scenario: 'cell' | 'matrix';
  readonly shape: Shape;
  readonly epochs: number;
  readonly ours: () => Promise<Ours>;
  readonly theirs: () => Promise<Theirs>;
  readonly budgetSeconds: number;
  /** Seconds of each side, had all epochs been run. */
  readonly atPublished: (pair: Pair<Ours, Theirs>) => Pair<number, number>;
  /** What was run, exactly, in words, but for the number of pairs. */
  readonly run: string;
  readonly more: (pairs: readonly Pair<Ours, Theirs>[]) => Readonly<Record<string, unknown>>;
}

export async function compareWholeCells<Ours extends Clocked, Theirs extends Clocked>(
  bench: Bench,
  cells: WholeCells<Ours, Theirs>,
): Promise<Line> {
  const { scenario, shape, epochs, ours, theirs, budgetSeconds, run } = cells;
  const pairs = await takeTurns({
    ours,
    theirs,
    pairs: bench.options.pairs,
    budgetSeconds,
    onPair: (pair, index) => {
      const [mine, yours] = [pair.ours.seconds, pair.theirs.seconds].map((value) => value.toFixed(1));
      bench.say(`${scenario} ${shape}, pair ${index + 1}: ${mine} s against ${yours} s`);
    },
  });
  const estimated = pairs.map(cells.atPublished).map((pair) => pair.theirs / pair.ours);
  const atPublished = spreadOf(estimated).median;
  return {
    scenario,
    label: shape,
    ...ratiosOf(pairs),
    usefulTokensPerSecond: null,
    usefulMfu: null,
    run: `${run}, ${pairs.length} pair(s); estimated for ${PUBLISHED_EPOCHS} epochs from the parts: ${atPublished.toFixed(2)}×`,
    more: {
      epochs,
      estimatedRatioAt20Epochs: atPublished,
      seconds: {
        ours: pairs.map((pair) => pair.ours.seconds),
        theirs: pairs.map((pair) => pair.theirs.seconds),
      },
      ...cells.more(pairs),
    },
  };
}
