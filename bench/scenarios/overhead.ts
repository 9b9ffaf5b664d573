/** What the product costs around the model: its help, a warm start, and the main thread during an eval. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Bench } from '../lib/bench.js';
import { ROOT } from '../lib/folders.js';
import { lastJson, measureCommand, runCommand, type Measured } from '../lib/child.js';
import { spreadOf } from '../lib/statistics.js';
import { DATASETS } from './cells.js';

const childSchema = z.object({
  /** From the start of Node to the end of the first optimizer step. */
  firstStepSeconds: z.number(),
  /** Of it until the worker said hello: Python's start and its imports. */
  workerReadySeconds: z.number(),
  wholeSeconds: z.number(),
  /** Share of the eval in which the main thread was not waiting. */
  busyShare: z.number(),
});

export type Overhead = z.infer<typeof childSchema> & {
  readonly helpSeconds: number;
  readonly helpCpuSeconds: number;
  /** Of a Node that does nothing: no help comes sooner. */
  readonly nodeSeconds: number;
  /** Of a Python that imports torch as anyone does, and no more. */
  readonly torchSeconds: number;
};

export async function measureOverhead(bench: Bench): Promise<Overhead> {
  const { quick } = bench.options;
  const measure = async (command: string, ...args: string[]): Promise<Measured> =>
    await measureCommand(bench, { command, args, env: process.env });
  // In turns: this processor may be slower a second later.
  const [helps, nodes]: [Measured[], Measured[]] = [[], []];
  for (let round = 0; round < (quick ? 5 : 11); round += 1) {
    helps.push(await measure(process.execPath, join(ROOT, 'bin/fsa.js'), '--help'));
    nodes.push(await measure(process.execPath, '--eval', ''));
  }
  const evals: z.infer<typeof childSchema>[] = [];
  const imports: Measured[] = [];
  for (let round = 0; round < (quick ? 3 : 5); round += 1) {
    evals.push(await runEval());
    imports.push(await measure(bench.python, '-c', 'import torch'));
  }
  const middle = (name: keyof z.infer<typeof childSchema>): number =>
    spreadOf(evals.map((each) => each[name])).median;
  return {
    helpSeconds: medianOf(helps, 'seconds'),
    helpCpuSeconds: medianOf(helps, 'cpuSeconds'),
    nodeSeconds: medianOf(nodes, 'seconds'),
    torchSeconds: medianOf(imports, 'seconds'),
    firstStepSeconds: middle('firstStepSeconds'),
    workerReadySeconds: middle('workerReadySeconds'),
    wholeSeconds: middle('wholeSeconds'),
    busyShare: middle('busyShare'),
  };
}

function medianOf(all: readonly Measured[], name: 'seconds' | 'cpuSeconds'): number {
  return spreadOf(all.map((each) => each[name])).median;
}

/** An eval of the sample student, through the library in a process of its own. */
async function runEval(): Promise<z.infer<typeof childSchema>> {
  const folder = await mkdtemp(join(tmpdir(), 'fsa-bench-overhead-'));
  try {
    const args = [join(ROOT, 'bench/eval-child.mjs'), folder, join(ROOT, 'models/sample'), DATASETS[0] ?? ''];
    return childSchema.parse(
      lastJson(await runCommand({ command: process.execPath, args, env: process.env })),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
