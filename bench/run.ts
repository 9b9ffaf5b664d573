/** The scenarios that were asked for, one after the other; a failed one is said and the others go on. */
import { loadavg } from 'node:os';
import { drawBatches } from './curves/batches.js';
import { drawCells } from './curves/cells.js';
import { drawLengths } from './curves/lengths.js';
import { drawSlots } from './curves/slots.js';
import type { Bench } from './lib/bench.js';
import type { ScenarioName, Shape } from './lib/goals.js';
import type { Line } from './lib/result.js';
import type { Facts } from './lib/table.js';
import { measureCell } from './scenarios/cell.js';
import { measureDecoding } from './scenarios/decode.js';
import { measureLoading, type LoadingFacts } from './scenarios/loading.js';
import { measureMatrix } from './scenarios/matrix.js';
import { compareMemory } from './scenarios/memory.js';
import { measureOverhead, type Overhead } from './scenarios/overhead.js';
import { listProducts } from './scenarios/products.js';
import { profileSteps } from './scenarios/profile.js';
import { measureSchedule, type ScheduleCost } from './scenarios/schedule.js';
import { measureRanks, type RanksFacts } from './scenarios/ranks.js';
import { distillCase, finetuneCase, measureTraining, multilingualCase } from './scenarios/training.js';

export interface Outcome {
  readonly facts: Facts;
  /** What failed, one sentence each. */
  readonly failures: readonly string[];
}

export async function runBench(bench: Bench, command: string): Promise<Outcome> {
  const { only, quick, curves: wantsCurves, profile: wantsProfile, products: wantsProducts } = bench.options;
  const began = performance.now();
  const loadBefore = loadavg()[0] ?? 0;
  const lines: Line[] = [];
  const curves: string[] = [];
  const failures: string[] = [];
  let overhead: Overhead | null = null;
  let schedule: ScheduleCost | null = null;
  let ranks: RanksFacts | null = null;
  let loading: LoadingFacts | null = null;
  let profile: string | null = null;
  let products: string | null = null;

  const wants = (scenario: ScenarioName): boolean => only.includes(scenario);
  const shapesOf = (scenario: ScenarioName): readonly Shape[] =>
    bench.options.shapes ?? (quick ? QUICK_SHAPES : FULL_SHAPES)[scenario];
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      bench.say(`${what} failed.`);
    }
  };

  if (wants('overhead'))
    await attempt('overhead', async () => void (overhead = await measureOverhead(bench)));
  if (wants('schedule'))
    await attempt('schedule', async () => void (schedule = await measureSchedule(bench.options)));
  if (wants('distill') || wants('memory')) {
    for (const shape of shapesOf('distill'))
      await attempt(`distill ${shape}`, async () => {
        const { line, pairs } = await measureTraining(bench, distillCase(shape, quick));
        if (wants('distill')) lines.push(line);
        if (wants('memory')) lines.push(compareMemory(shape, pairs, line.run));
      });
  }
  if (wants('finetune')) {
    for (const shape of shapesOf('finetune'))
      await attempt(
        `finetune ${shape}`,
        async () => void lines.push((await measureTraining(bench, finetuneCase(shape, quick))).line),
      );
  }
  if (wants('multilingual')) {
    for (const shape of shapesOf('multilingual'))
      await attempt(`multilingual ${shape}`, async () => {
        const { line, pairs } = await measureTraining(bench, multilingualCase(shape));
        lines.push(line, compareMemory(shape, pairs, line.run));
      });
  }
  for (const [scenario, measure] of [
    ['decode', measureDecoding],
    ['cell', measureCell],
    ['matrix', measureMatrix],
  ] as const) {
    if (!wants(scenario)) continue;
    for (const shape of shapesOf(scenario))
      await attempt(`${scenario} ${shape}`, async () => void lines.push(await measure(bench, shape)));
  }
  if (wants('ranks')) {
    const [shape = 't5-small'] = shapesOf('ranks');
    await attempt('ranks', async () => void (ranks = await measureRanks(bench, shape)));
  }
  if (wants('load')) {
    const [shape = 't5-base'] = shapesOf('load');
    await attempt('load', async () => void (loading = await measureLoading(bench, shape)));
  }
  if (wantsCurves) {
    await attempt('curve of cells', async () => void curves.push(await drawCells(bench)));
    const [shape = 't5-small'] = bench.options.shapes ?? [];
    const [cellShape = 't5-mini'] = bench.options.shapes ?? [];
    await attempt('curve of lengths', async () => void curves.push(await drawLengths(bench, shape)));
    await attempt('curve of batches', async () => void curves.push(await drawBatches(bench, shape)));
    await attempt('curve of slots', async () => void curves.push(await drawSlots(bench, cellShape)));
  }
  if (wantsProfile)
    await attempt('profile', async () => {
      profile = await profileSteps(bench, bench.options.shapes?.[0] ?? 't5-small');
    });
  if (wantsProducts)
    await attempt('products', async () => {
      products = await listProducts(bench, bench.options.shapes?.[0] ?? 't5-small');
    });
  const { machine } = bench;
  const load = [loadBefore, loadavg()[0] ?? 0] as const;
  const seconds = (performance.now() - began) / 1000;
  const results = { lines, overhead, schedule, ranks, loading, curves, profile, products };
  const facts = { machine, ...results, seconds, load, command };
  return { facts, failures };
}

type ShapesOf = Readonly<Record<ScenarioName, readonly Shape[]>>;

const FULL_SHAPES: ShapesOf = {
  distill: ['t5-small', 't5-base'],
  finetune: ['t5-small', 't5-base'],
  multilingual: ['mt5-small'],
  decode: ['t5-small'],
  cell: ['t5-small'],
  matrix: ['t5-mini'],
  memory: ['t5-small', 't5-base'],
  overhead: [],
  schedule: [],
  ranks: ['t5-small'],
  load: ['t5-base'],
};

const QUICK_SHAPES: ShapesOf = {
  distill: ['t5-small'],
  finetune: ['t5-small'],
  // Takes longer than all the others together.
  multilingual: [],
  decode: ['t5-small'],
  cell: ['t5-mini'],
  matrix: ['t5-mini'],
  memory: ['t5-small'],
  overhead: [],
  schedule: [],
  ranks: ['t5-mini'],
  load: ['t5-small'],
};
