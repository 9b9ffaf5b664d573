/** What it costs that two processes train one student: their sum, and their waiting for each other. */
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Bench } from '../lib/bench.js';
import { lastJson, runCommand } from '../lib/child.js';
import { PYTHON_FOLDER } from '../lib/folders.js';
import type { Shape } from '../lib/goals.js';
import { spreadOf } from '../lib/statistics.js';
import { takeTurns } from '../lib/turns.js';

const saidSchema = z.object({
  /** Of a step. */
  seconds: z.number(),
  /** Of all ranks together. */
  cpuSeconds: z.number(),
  /** In the sum of the gradients; there are none of one rank. */
  sumSeconds: z.number(),
  waitSeconds: z.number(),
  gradientBytes: z.number(),
});
type Said = z.infer<typeof saidSchema>;

export interface RanksFacts {
  readonly shape: Shape;
  /** Of each of the two ranks; one alone has as many as both. */
  readonly threads: number;
  readonly alone: Said;
  readonly together: Said;
  /** Seconds of two ranks over those of one: the middle of the pairs. */
  readonly ratio: number;
}

/** The same steps by two ranks and by one with all the threads. */
export async function measureRanks(bench: Bench, shape: Shape): Promise<RanksFacts> {
  const { quick, pairs: most } = bench.options;
  const threads = Math.max(1, Math.floor(bench.options.threads / 2));
  const flags = { shape, steps: quick ? 1 : 3, accumulation: quick ? 1 : 2, precision: bench.precision };
  const pairs = await takeTurns({
    ours: async () => await runRanks(bench, { ...flags, ranks: 2, threads }),
    theirs: async () => await runRanks(bench, { ...flags, ranks: 1, threads: 2 * threads }),
    pairs: most,
    budgetSeconds: quick ? 0 : 180,
    onPair: ({ ours, theirs }, index) => {
      const ratio = (ours.seconds / theirs.seconds).toFixed(2);
      bench.say(`ranks ${shape}, pair ${index + 1}: two take ${ratio}× the time of one`);
    },
  });
  const middle = (side: 'ours' | 'theirs'): Said => {
    const of = (name: keyof Said): number => spreadOf(pairs.map((pair) => pair[side][name])).median;
    return {
      seconds: of('seconds'),
      cpuSeconds: of('cpuSeconds'),
      sumSeconds: of('sumSeconds'),
      waitSeconds: of('waitSeconds'),
      gradientBytes: of('gradientBytes'),
    };
  };
  const ratio = spreadOf(pairs.map(({ ours, theirs }) => ours.seconds / theirs.seconds)).median;
  return { shape, threads, alone: middle('theirs'), together: middle('ours'), ratio };
}

async function runRanks(bench: Bench, flags: Readonly<Record<string, string | number>>): Promise<Said> {
  const all: Readonly<Record<string, string | number>> = {
    ...flags,
    device: bench.machine.device,
    cache: bench.options.cache,
  };
  const words = Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const args = [resolve(PYTHON_FOLDER, 'ranks.py'), 'train', ...words];
  return saidSchema.parse(
    lastJson(await runCommand({ command: bench.python, args, env: bench.ourEnvironment })),
  );
}
