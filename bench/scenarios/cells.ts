/** Whole cells: `fsa eval` as a user types it, and the yardstick's script, each from process start to end. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { Bench } from '../lib/bench.js';
import { lastJson, measureCommand, runCommand, type Measured } from '../lib/child.js';
import { PYTHON_FOLDER, ROOT } from '../lib/folders.js';
import type { Shape } from '../lib/goals.js';

export const DATASETS = ['atsa', 'acsa'].map((task) =>
  join(ROOT, 'datasets/sample/benchmark', task, 'sample'),
);
const STUDENT = join(ROOT, 'models/sample');

export interface CellsSpec {
  readonly model: string;
  readonly datasets: readonly string[];
  readonly seeds: readonly number[];
  readonly epochs: number;
  /** Workers at once. */
  readonly parallel: number;
  /** CPU threads per worker; null lets the product decide. */
  readonly threads: number | null;
}

/** A model of this shape that writes answers of the right form, made once. */
export async function makeModel(bench: Bench, shape: Shape): Promise<string> {
  const { cache, threads } = bench.options;
  const words = [
    '--shape',
    shape,
    '--tokenizer',
    STUDENT,
    '--device',
    bench.machine.device,
    '--cache',
    cache,
  ];
  const stdout = await runCommand({
    command: bench.python,
    args: [
      join(PYTHON_FOLDER, 'cell_model.py'),
      ...words,
      ...DATASETS.flatMap((each) => ['--dataset', each]),
    ],
    env: { ...bench.ourEnvironment, OMP_NUM_THREADS: String(threads) },
  });
  return z.object({ folder: z.string() }).parse(lastJson(stdout)).folder;
}

const eventSchema = z.object({ type: z.string(), time: z.iso.datetime(), jobId: z.string().optional() });

export interface JournalEvent {
  readonly type: string;
  /** In seconds from the first. */
  readonly at: number;
  /** Of events that belong to a job. */
  readonly jobId?: string | undefined;
}

export interface OurCells extends Measured {
  readonly events: readonly JournalEvent[];
  /** From the start of the process to the first event. */
  readonly firstEventSeconds: number;
}

/** The command line on the built package, in a run folder that is deleted afterwards. */
export async function runOurs(bench: Bench, spec: CellsSpec): Promise<OurCells> {
  const folder = await mkdtemp(join(tmpdir(), 'fsa-bench-run-'));
  try {
    const run = join(folder, 'run');
    const startedMs = Date.now();
    const measured = await measureCommand(bench, {
      command: process.execPath,
      args: [join(ROOT, 'bin/fsa.js'), 'eval', ...evalWords(bench, spec), '--output', run, '--quiet'],
      env: process.env,
    });
    const journal = (await readFile(join(run, 'journal.ndjson'), 'utf8')).trim().split('\n');
    const events = journal.map((line) => eventSchema.parse(JSON.parse(line)));
    const first = Date.parse(events[0]?.time ?? '');
    return {
      ...measured,
      firstEventSeconds: (first - startedMs) / 1000,
      events: events.map(({ type, time, jobId }) => ({ type, at: (Date.parse(time) - first) / 1000, jobId })),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What follows `fsa eval`, but for the output folder. */
export function evalWords(bench: Bench, spec: CellsSpec): string[] {
  return [
    ...['--model', `bench=${spec.model}`],
    ...spec.datasets.flatMap((each) => ['--dataset', each]),
    ...['--seeds', spec.seeds.join(','), '--epochs', String(spec.epochs)],
    ...['--parallel', String(spec.parallel), '--device', bench.machine.device],
    ...(bench.machine.device === 'cuda' ? ['--per-gpu', String(spec.parallel)] : []),
    ...['--set', `eval.precision=${bench.precision}`],
    ...(spec.threads === null ? [] : ['--threads', String(spec.threads)]),
  ];
}

const theirsSchema = z.object({
  trainSeconds: z.number(),
  devSeconds: z.number(),
  testSeconds: z.number(),
  /** Seconds from one epoch's end to the next, training and dev set. */
  epochSeconds: z.array(z.number()),
  f1: z.record(z.string(), z.number()),
});

export type TheirCell = Measured & z.infer<typeof theirsSchema>;

export async function runTheirs(
  bench: Bench,
  { model, epochs }: CellsSpec,
  dataset: string,
  seed: number,
): Promise<TheirCell> {
  const measured = await measureCommand(bench, {
    command: bench.yardstickPython,
    args: [
      ...[join(PYTHON_FOLDER, 'yardstick_cell.py'), '--model', model, '--dataset', dataset],
      ...['--seed', String(seed), '--epochs', String(epochs)],
      ...['--device', bench.machine.device, '--threads', String(bench.options.threads)],
      ...['--precision', bench.precision],
    ],
    env: bench.yardstickEnvironment,
  });
  return { ...measured, ...theirsSchema.parse(lastJson(measured.stdout)) };
}

export function nameOf(dataset: string): string {
  return `${basename(dirname(dataset))}/${basename(dataset)}`;
}
