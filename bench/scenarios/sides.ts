/** The scripts `ours.py` and `yardstick.py`: one process, one scenario, one line of numbers. */
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Bench } from '../lib/bench.js';
import { PYTHON_FOLDER } from '../lib/folders.js';
import { lastJson, runCommand } from '../lib/child.js';

const saidSchema = z.object({
  seconds: z.array(z.number()).min(1),
  cpuSeconds: z.array(z.number()).min(1),
  tokens: z.array(z.number()).optional(),
  flops: z.array(z.number()).optional(),
  outputs: z.array(z.array(z.number())).optional(),
  /** What multiplied while `outputs` were generated, in words. */
  products: z.string().optional(),
  peakBytes: z.number(),
});
export type Said = z.infer<typeof saidSchema>;

export type Flags = Readonly<Record<string, string | number>>;

/** Times one side. @param flags options of `scenarios.py` by their names, without the dashes */
export async function runSide(
  bench: Bench,
  side: 'ours' | 'yardstick',
  task: 'train' | 'decode',
  flags: Flags,
): Promise<Said> {
  return saidSchema.parse(await runScript(bench, side, task, flags));
}

/** The line of JSON that a side's script ends with. */
export async function runScript(
  bench: Bench,
  side: 'ours' | 'yardstick',
  task: 'train' | 'decode' | 'profile' | 'products',
  flags: Flags,
): Promise<unknown> {
  const common: Flags = {
    device: bench.machine.device,
    threads: bench.options.threads,
    cache: bench.options.cache,
  };
  const words = Object.entries({ ...common, ...flags }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const stdout = await runCommand({
    command: side === 'ours' ? bench.python : bench.yardstickPython,
    args: [resolve(PYTHON_FOLDER, `${side}.py`), task, ...words],
    env: side === 'ours' ? bench.ourEnvironment : bench.yardstickEnvironment,
  });
  return lastJson(stdout);
}
