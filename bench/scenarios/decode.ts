/** Greedy decoding of a dev set by a model that has learnt the task; every token must be the yardstick's. */
import type { Bench } from '../lib/bench.js';
import type { Shape } from '../lib/goals.js';
import { ratiosOf, type Line } from '../lib/result.js';
import { spreadOf, sum } from '../lib/statistics.js';
import { takeTurns, type Pair } from '../lib/turns.js';
import { runSide, type Said } from './sides.js';

const BATCH = 64;
/** The published dev sets have from 500 on. */
const PUBLISHED_SENTENCES = 512;

/** In fp32; our bf16 once, to count the sentences that it changes, where there are instructions for it. */
export async function measureDecoding(bench: Bench, shape: Shape): Promise<Line> {
  const sentences = bench.options.quick ? PUBLISHED_SENTENCES / 2 : PUBLISHED_SENTENCES;
  const flags = { shape, sentences, batch: BATCH };
  // Makes the model where it is missing, so that no clock runs meanwhile.
  const first = bench.machine.multipliesBf16 ? 'bf16' : 'fp32';
  const warm = await runSide(bench, 'ours', 'decode', { ...flags, precision: first });
  const pairs = await takeTurns({
    ours: () => runSide(bench, 'ours', 'decode', { ...flags, precision: 'fp32' }),
    theirs: () => runSide(bench, 'yardstick', 'decode', { ...flags, precision: 'fp32' }),
    pairs: bench.options.pairs,
    budgetSeconds: bench.options.quick ? 0 : 120,
    onPair: ({ ours, theirs }, index) =>
      bench.say(
        `decode ${shape}, pair ${index + 1}: ${sum(ours.seconds).toFixed(2)} s against ${sum(theirs.seconds).toFixed(2)} s`,
      ),
  });
  const [{ ours, theirs }] = pairs;
  const differing = pairs.map((pair) => countDiffering(pair.ours.outputs, pair.theirs.outputs));
  const flips = first === 'bf16' ? countDiffering(warm.outputs, theirs.outputs) : null;
  if (differing.some((count) => count > 0))
    bench.say(
      `decode ${shape}: NOT token-identical in fp32: ${differing.join(', ')} of ${sentences} sentences`,
    );
  return {
    scenario: 'decode',
    label: shape,
    ...ratiosOf(
      pairs.map((pair) => ({
        ours: { seconds: sum(pair.ours.seconds), cpuSeconds: sum(pair.ours.cpuSeconds) },
        theirs: { seconds: sum(pair.theirs.seconds), cpuSeconds: sum(pair.theirs.cpuSeconds) },
      })),
    ),
    usefulTokensPerSecond: { ours: tokenRate(pairs, 'ours'), theirs: tokenRate(pairs, 'theirs') },
    usefulMfu: null,
    run: `${shape}, ${sentences} sentences, batch ${BATCH}, fp32 (${ours.products ?? ''}), ${pairs.length} pair(s); ${Math.max(...differing)} sentences differ in fp32${flips === null ? '' : `, ${flips} in bf16`}`,
    more: { sentences, differingInFp32: Math.max(...differing), differingInBf16: flips },
  };
}

/** Sentences whose tokens are not the same. */
export function countDiffering(
  ours: readonly (readonly number[])[] | undefined,
  theirs: readonly (readonly number[])[] | undefined,
): number {
  if (ours === undefined || theirs?.length !== ours.length)
    throw new Error('The two sides did not decode the same sentences.');
  return ours.filter((tokens, index) => tokens.join() !== theirs[index]?.join()).length;
}

/** Tokens written, the end included, per second. */
function tokenRate(pairs: readonly Pair<Said, Said>[], side: 'ours' | 'theirs'): number {
  const rates = pairs.map(({ [side]: said }) => {
    const tokens = sum((said.outputs ?? []).map((output) => output.length + 1));
    return tokens / sum(said.seconds);
  });
  return spreadOf(rates).median;
}
