/** Optimizer steps of both stages, on the same examples in the same order. */
import { freemem } from 'node:os';
import type { Bench } from '../lib/bench.js';
import type { Shape } from '../lib/goals.js';
import { ratiosOf, type Line } from '../lib/result.js';
import { spreadOf, sum } from '../lib/statistics.js';
import { takeTurns, type Pair } from '../lib/turns.js';
import { runSide, type Said } from './sides.js';

export interface TrainingCase {
  readonly scenario: 'distill' | 'finetune' | 'multilingual';
  readonly shape: Shape;
  readonly mix: string;
  readonly batch: number;
  readonly accumulation: number;
  readonly optimizer: 'adamw_scale' | 'adamw';
  /** Timed in each process, after a short one that warms up. */
  readonly steps: number;
  readonly budgetSeconds: number;
}

type Sides = Readonly<Record<'ours' | 'theirs', number>>;

export type TrainingPairs = readonly Pair<Said, Said>[];

export function distillCase(shape: Shape, quick: boolean): TrainingCase {
  const budgetSeconds = quick ? 0 : 360;
  // A published step of t5-base takes the yardstick ten minutes on two cores.
  const accumulation = shape === 't5-base' ? 2 : 5;
  const size = { batch: 20, accumulation: quick ? 1 : accumulation };
  return {
    scenario: 'distill',
    shape,
    mix: 'corpus',
    ...size,
    optimizer: 'adamw_scale',
    steps: 1,
    budgetSeconds,
  };
}

export function finetuneCase(shape: Shape, quick: boolean): TrainingCase {
  // The first few steps still grow the heap; many of them show the pace of a run.
  const steps = quick ? 8 : 16;
  const rest = { mix: 'sentences', batch: 16, accumulation: 1, optimizer: 'adamw' } as const;
  return { scenario: 'finetune', shape, ...rest, steps, budgetSeconds: quick ? 0 : 180 };
}

/** The same with a vocabulary that most of the model consists of, and of the work. */
export function multilingualCase(shape: Shape): TrainingCase {
  return { ...finetuneCase(shape, false), scenario: 'multilingual', steps: 4, budgetSeconds: 180 };
}

/** Times a case; the pairs are given back too, for the memory that they took. */
export async function measureTraining(
  bench: Bench,
  one: TrainingCase,
): Promise<{ line: Line; pairs: TrainingPairs }> {
  const { shape, mix, optimizer, steps } = one;
  const flags = { shape, mix, optimizer, steps, precision: bench.precision };
  const fits = bench.machine.device === 'cpu' ? largestBatchThatFits(one, freemem()) : one.batch;
  const pairs = await takeTurns({
    ours: () =>
      runSide(bench, 'ours', 'train', { ...flags, batch: one.batch, accumulation: one.accumulation }),
    theirs: () =>
      runSide(bench, 'yardstick', 'train', {
        ...flags,
        batch: fits,
        accumulation: (one.accumulation * one.batch) / fits,
      }),
    pairs: bench.options.pairs,
    budgetSeconds: one.budgetSeconds,
    onPair: ({ ours, theirs }, index) =>
      bench.say(
        `${one.scenario} ${shape}, pair ${index + 1}: ${sum(ours.seconds).toFixed(2)} s against ${sum(theirs.seconds).toFixed(2)} s`,
      ),
  });
  return { line: lineOf(bench, one, fits, pairs), pairs };
}

function lineOf(bench: Bench, one: TrainingCase, fits: number, pairs: TrainingPairs): Line {
  const rate = (side: 'ours' | 'theirs', what: 'tokens' | 'flops'): number =>
    spreadOf(pairs.map(({ [side]: said }) => sum(said[what] ?? []) / sum(said.seconds))).median;
  const { machine, precision } = bench;
  const flopsPerSecond = precision === 'bf16' ? machine.bf16FlopsPerSecond : machine.fp32FlopsPerSecond;
  const smaller = fits === one.batch ? '' : `; the yardstick in ${fits}s, as ${one.batch}s do not fit here`;
  return {
    scenario: one.scenario,
    label: one.shape,
    ...ratiosOf(pairs.map(({ ours, theirs }) => ({ ours: totalOf(ours), theirs: totalOf(theirs) }))),
    usefulTokensPerSecond: { ours: rate('ours', 'tokens'), theirs: rate('theirs', 'tokens') },
    usefulMfu: mfuOf({
      ours: rate('ours', 'flops') / flopsPerSecond,
      theirs: rate('theirs', 'flops') / flopsPerSecond,
    }),
    run: `${one.shape}, ${one.mix}, batch ${one.batch} × ${one.accumulation}, dropout 0.1, ${precision}, ${one.steps} step(s) a process, ${pairs.length} pair(s)${smaller}`,
    more: {
      secondsPerStep: {
        ours: pairs.map(({ ours }) => ours.seconds),
        theirs: pairs.map(({ theirs }) => theirs.seconds),
      },
      peakBytes: {
        ours: pairs.map(({ ours }) => ours.peakBytes),
        theirs: pairs.map(({ theirs }) => theirs.peakBytes),
      },
      yardstickBatch: fits,
    },
  };
}

/** Above the rate of a product nothing can be: that one was measured while others were at work. */
export function mfuOf(sides: Sides): Sides | null {
  return Math.max(sides.ours, sides.theirs) > 1 ? null : sides;
}

function totalOf({ seconds, cpuSeconds }: Said): { seconds: number; cpuSeconds: number } {
  return { seconds: sum(seconds), cpuSeconds: sum(cpuSeconds) };
}

/** About what the yardstick takes: for each padded example of the corpus mix, and for the model. */
const BYTES: Readonly<Record<Shape, { example: number; model: number }>> = {
  tiny: { example: 0.15e9, model: 0.6e9 },
  't5-mini': { example: 0.4e9, model: 1.2e9 },
  't5-small': { example: 0.52e9, model: 1.6e9 },
  't5-base': { example: 1.2e9, model: 4.6e9 },
  'mt5-small': { example: 1.6e9, model: 8e9 },
};

/** The yardstick's micro-batch: halved until it fits, as its user would, with the same examples in each step. */
export function largestBatchThatFits(
  { shape, mix, batch, accumulation }: Pick<TrainingCase, 'shape' | 'mix' | 'batch' | 'accumulation'>,
  freeBytes: number,
): number {
  if (mix === 'sentences') return batch;
  const { example, model } = BYTES[shape];
  let fits = batch;
  while (
    fits % 2 === 0 &&
    (accumulation * batch) % (fits / 2) === 0 &&
    model + fits * example > 0.85 * freeBytes
  )
    fits /= 2;
  return fits;
}
