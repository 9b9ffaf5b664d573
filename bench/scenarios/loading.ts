/** What it costs that the bytes of a model are held against their digests while they are loaded. */
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Bench } from '../lib/bench.js';
import { lastJson, runCommand } from '../lib/child.js';
import { PYTHON_FOLDER } from '../lib/folders.js';
import type { Shape } from '../lib/goals.js';
import { type Clocked, ratiosOf } from '../lib/result.js';
import { spreadOf, type Spread } from '../lib/statistics.js';
import { takeTurns } from '../lib/turns.js';

/** The seconds of a checked load over those of one that trusts the files. */
export const LOADING_MAY_TAKE = 1.1;

/** A load takes seconds and swings with the machine: fewer pairs would say little. */
const LEAST_PAIRS = 5;

const clockedSchema = z.object({ seconds: z.number(), cpuSeconds: z.number() });
const saidSchema = z.object({
  /** Both from the begin of loading: to where the model can be worked with, and to the end of one short step. */
  loaded: clockedSchema,
  stepped: clockedSchema,
  /** Of the weights in memory, fp32. */
  bytes: z.number(),
});
type Said = z.infer<typeof saidSchema>;

export interface LoadingMark {
  /** The middles of all pairs. */
  readonly checked: Clocked;
  readonly trusted: Clocked;
  /** Checked over trusted. */
  readonly ratio: Spread;
  readonly cpuRatio: Spread;
}

export interface LoadingFacts {
  readonly shape: Shape;
  readonly bytes: number;
  readonly loaded: LoadingMark;
  readonly stepped: LoadingMark;
}

/** Loads by the product's own loader, each in a process of its own, from a file that the system has in memory. */
export async function measureLoading(bench: Bench, shape: Shape): Promise<LoadingFacts> {
  const { quick, pairs: most } = bench.options;
  const pairs = await takeTurns({
    // A ratio of two sides is that of `theirs` to `ours`.
    ours: async () => await load(bench, shape, 'trusted'),
    theirs: async () => await load(bench, shape, 'checked'),
    pairs: quick ? most : Math.max(most, LEAST_PAIRS),
    budgetSeconds: quick ? 0 : 300,
    onPair: ({ ours, theirs }, index) => {
      const [loaded, stepped] = (['loaded', 'stepped'] as const).map((mark) =>
        (theirs[mark].seconds / ours[mark].seconds).toFixed(2),
      );
      bench.say(
        `load ${shape}, pair ${index + 1}: checked takes ${loaded}× the time of trusted, to the end of a step ${stepped}×`,
      );
    },
  });
  const markOf = (mark: 'loaded' | 'stepped'): LoadingMark => {
    const clocks = pairs.map(({ ours, theirs }) => ({ ours: ours[mark], theirs: theirs[mark] }));
    const middle = (side: 'ours' | 'theirs'): Clocked => ({
      seconds: spreadOf(clocks.map((pair) => pair[side].seconds)).median,
      cpuSeconds: spreadOf(clocks.map((pair) => pair[side].cpuSeconds)).median,
    });
    return { checked: middle('theirs'), trusted: middle('ours'), ...ratiosOf(clocks) };
  };
  return { shape, bytes: pairs[0].ours.bytes, loaded: markOf('loaded'), stepped: markOf('stepped') };
}

async function load(bench: Bench, shape: Shape, digests: 'checked' | 'trusted'): Promise<Said> {
  const { machine, options } = bench;
  const flags = { shape, digests, precision: 'fp32', device: machine.device, cache: options.cache };
  const words = Object.entries({ ...flags, threads: options.threads }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const args = [resolve(PYTHON_FOLDER, 'loading.py'), 'load', ...words];
  return saidSchema.parse(
    lastJson(await runCommand({ command: bench.python, args, env: bench.ourEnvironment })),
  );
}
