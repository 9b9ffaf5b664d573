/**
 * What a run of many cells on many slots costs its coordinator, in a process of its own: the code of `fsa eval` from
 * the plan to results.json, with workers that answer at once from this process. Prints JSON. Without CELLS_RUN it
 * takes up what an earlier call left in FOLDER, as the process that a user starts anew does.
 *
 *   node --import tsx bench/scenarios/schedule-child.ts FOLDER CELLS SLOTS [CELLS_RUN]
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { factsOf, runCell } from '../../src/pipelines/eval/cell.js';
import { PairsWriter, readEvalDatasets } from '../../src/pipelines/eval/datasets.js';
import { keepHeapSmall } from '../../src/cli/heap.js';
import { findFinished } from '../../src/pipelines/eval/finished.js';
import { planCells, type Cell, type PlanInput } from '../../src/pipelines/eval/plan.js';
import { ResultsKeeper } from '../../src/pipelines/eval/results.js';
import type { JobWorker } from '../../src/pipelines/run/attempt.js';
import { dispatch } from '../../src/pipelines/run/dispatch.js';
import { resolveConfig } from '../../src/pipelines/run/options.js';
import { type RunWork, startRun } from '../../src/pipelines/run/run-handle.js';
import { RunShare } from '../../src/pipelines/run/share.js';
import type { MetricRecord } from '../../src/rpc/messages.js';
import { CellResults } from '../../src/runs/cell-results.js';
import { RunFolder } from '../../src/runs/run-folder.js';
import type { CellResult, JobState, RunFile } from '../../src/runs/types.js';
import { DEFAULT_RETRY_POLICY, Schedule } from '../../src/scheduler/schedule.js';
import { sealFile } from '../../src/storage/file-seal.js';
import { toSealedText } from '../../src/storage/sealed-json.js';
import { ROOT } from '../lib/folders.js';
import { cpuSeconds, followProgress, writeProgress } from './schedule-progress.js';
import { recordsOf, textsOf } from './schedule-texts.js';

const [folder = '', ...numbers] = process.argv.slice(2);
const [cellCount = 0, slotCount = 0, runCount = 0] = numbers.map(Number);
const MODELS = 20;
const EPOCHS = 20;
const TRAIN_STEPS = 50;
const DATASETS = ['atsa', 'acsa'].map((task) => join(ROOT, 'datasets/sample/benchmark', task, 'sample'));

/** A plan of so many cells: models × datasets × seeds. */
async function planInput(work: Pick<RunWork, 'signal'>): Promise<PlanInput> {
  const names = Array.from({ length: MODELS }, (_, index) => `model-${index}`);
  const seeds = Math.ceil(cellCount / (MODELS * DATASETS.length));
  const config = await resolveConfig({
    config: {
      eval: {
        models: Object.fromEntries(names.map((name) => [name, name])),
        datasets: DATASETS,
        seeds: Array.from({ length: seeds }, (_, index) => index + 1),
        trainShare: [1],
        epochs: EPOCHS,
      },
    },
  });
  const datasets = await readEvalDatasets(DATASETS, config.eval, ROOT);
  const models = new Map(
    names.map((name, index) => [
      name,
      { spec: name, folder: join(folder, name), digest: name, files: [], weightBytes: 1e8 + index },
    ]),
  );
  const pairs = new PairsWriter(join(folder, 'data'));
  return { config, models, datasets, pairs, placement: {}, keeper: null, signal: work.signal };
}

/** What workers say of the cells of a dataset, new at each call, as what comes off the wire is. */
interface Script {
  readonly dev: () => string[];
  readonly test: () => string[];
  readonly records: (epoch: number) => MetricRecord[];
}

/** Trains in no time; reads out what is written for its cell. */
function workerOf(name: string, { dev, test, records }: Script): JobWorker {
  const run: JobWorker['run'] = async (_spec, options) => {
    let bestEpoch = 0;
    for (let epoch = 1; epoch <= EPOCHS; epoch += 1) {
      await options.onMetrics?.(records(epoch));
      if ((await options.onGenerated?.(epoch, dev()))?.best === true) bestEpoch = epoch;
    }
    const output = { kind: 'finetune', bestEpoch, testTexts: test(), steps: 0, tokens: 0 };
    return { ...output, trainSeconds: 0, generateSeconds: 1 } as never;
  };
  return { id: name, slot: { name, device: 'cpu', visibleGpu: null, threads: 1 }, run };
}

/** Processor's seconds of making what one cell's worker says: no work of the coordinator. */
function costOfScripts(scripts: readonly Script[]): number {
  const [began, rounds] = [cpuSeconds(), 50];
  for (let round = 0; round < rounds; round += 1) {
    for (const { dev, test, records } of scripts) {
      for (let epoch = 1; epoch <= EPOCHS; epoch += 1) {
        records(epoch);
        dev();
      }
      test();
    }
  }
  return (cpuSeconds() - began) / (rounds * scripts.length);
}

/** Hands out every cell to slots that are done with it a turn of the loop later. */
async function decide(cells: readonly Cell[]): Promise<number> {
  const began = cpuSeconds();
  await dispatch({
    schedule: new Schedule(cells, DEFAULT_RETRY_POLICY, () => performance.now()),
    slots: Array.from({ length: slotCount }, (_, index) => ({ name: `slot-${index}` })),
    executor: {
      open: () =>
        Promise.resolve({
          run: async () => await new Promise((resolve) => setImmediate(resolve)),
          close: () => Promise.resolve(),
        }),
    },
    onFailure: () => Promise.reject(new Error('nothing fails here')),
    signal: new AbortController().signal,
  });
  return cpuSeconds() - began;
}

/** Of the cells, those that are done before the clock starts: of ten thousand, few are the first, for which code is compiled. */
const WARM_UP_SHARE = 1 / 3;

/** Cells that are under way together: more than these never say something in the same moment. */
const AT_ONCE = 100;

/** So many cells from all over the plan. */
function spread<T>(plan: readonly T[], count: number): T[] {
  const stride = 7919;
  return plan.slice(0, count).map((_, index) => plan[(index * stride) % plan.length] as T);
}

/** Does some cells for real, all but the training, and gives the processor's seconds of one. */
async function runSome(
  run: RunFolder,
  input: PlanInput,
  { cells, results }: { readonly cells: readonly Cell[]; readonly results: ResultsKeeper },
  work: RunWork,
): Promise<number> {
  const records = recordsOf(TRAIN_STEPS, EPOCHS);
  const scripts = new Map(
    input.datasets.map((dataset) => [
      dataset,
      {
        dev: textsOf(dataset.dev, 1),
        test: textsOf(dataset.test, 2),
        records,
      },
    ]),
  );
  const context = { ...work, run, config: input.config, share: new RunShare(cells) };
  const runAll = async (some: readonly Cell[]): Promise<void> =>
    await dispatch({
      schedule: new Schedule(some, DEFAULT_RETRY_POLICY, () => performance.now()),
      slots: Array.from({ length: Math.min(slotCount, AT_ONCE) }, (_, index) => ({ name: `slot-${index}` })),
      executor: {
        open: ({ name }: { readonly name: string }) =>
          Promise.resolve({
            run: async (cell: Cell, attempt: number) =>
              results.add(
                await runCell(workerOf(name, scripts.get(cell.dataset) as Script), cell, attempt, context),
              ),
            close: () => Promise.resolve(),
          }),
      },
      onFailure: (_cell, _attempt, error) => Promise.reject(error),
      signal: work.signal,
    });
  const warmUp = Math.floor(cells.length * WARM_UP_SHARE);
  await runAll(cells.slice(0, warmUp));
  const began = cpuSeconds();
  await runAll(cells.slice(warmUp));
  const seconds = cpuSeconds() - began;
  return seconds / (cells.length - warmUp) - costOfScripts([...scripts.values()]);
}

/** Folder and results as they are when all cells are done: those that were not run take after those that were. */
async function finishAll(
  run: RunFolder,
  { plan, ran, results }: { plan: readonly Cell[]; ran: readonly Cell[]; results: ResultsKeeper },
): Promise<void> {
  const done = new Set(ran.map(({ id }) => id));
  const ranOn = new Map<Cell['dataset'], Cell[]>();
  for (const cell of ran) {
    const others = ranOn.get(cell.dataset);
    if (others === undefined) ranOn.set(cell.dataset, [cell]);
    else others.push(cell);
  }
  for (const [index, { id, key, dataset }] of plan.entries()) {
    if (done.has(id)) continue;
    const alike = ranOn.get(dataset) as Cell[];
    const pattern = alike[index % alike.length] as Cell;
    const state = (await run.readState(pattern.id)) as JobState;
    const name = `jobs/${id}/predictions.jsonl`;
    const path = join(run.folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await readFile(join(run.folder, 'jobs', pattern.id, 'predictions.jsonl')));
    const cell: CellResult = { ...(state.cell as CellResult), jobId: id, ...key };
    const own = { ...state, jobId: id, cell, outputs: { [name]: await sealFile(path) } };
    await writeFile(join(run.folder, 'jobs', id, 'state.json'), toSealedText(own));
    results.add(cell);
  }
  await results.flush();
}

/**
 * Clock and processor from the plan until the first missing cell could be handed out, and the processor's seconds of
 * writing results.json whole, once.
 */
async function resume(run: RunFolder, work: RunWork): Promise<Record<string, number>> {
  const [beganMs, began] = [performance.now(), cpuSeconds()];
  const cells = await planCells(await planInput(work));
  const found = await findFinished(run, cells, { verify: false, only: false, emit: work.emit });
  if (found.done.size !== cells.length) throw new Error(`${found.done.size} of ${cells.length} are done`);
  for (const cell of cells) work.emit({ type: 'job-skipped', ...factsOf(cell), reason: 'done already' });
  const [resumeSeconds, ready] = [(performance.now() - beganMs) / 1000, cpuSeconds()];
  await new ResultsKeeper(run, cells, found.done, found.carried).flush();
  return { resumeSeconds, resumeCpuSeconds: ready - began, resultsCpuSeconds: cpuSeconds() - ready };
}

async function measure(work: RunWork): Promise<Record<string, number>> {
  // As `fsa eval` does.
  keepHeapSmall();
  const file: RunFile = {
    schema: 1,
    kind: 'eval',
    name: 'bench',
    createdAt: new Date().toISOString(),
    fsaVersion: '0',
    config: {},
    identity: {},
    hashes: {},
    versions: {},
    device: 'cpu',
    notes: [],
  };
  const run = await RunFolder.open(join(folder, 'run'), file, { replace: false });
  const both: RunWork = {
    ...work,
    emit: (body) => {
      run.record({ ...body, time: new Date().toISOString() });
      work.emit(body);
    },
  };
  const measured = runCount === 0 ? await resume(run, both) : await runAll(run, both);
  await run.close();
  return { ...measured, memoryMegabytes: process.resourceUsage().maxRSS / 1024 };
}

/** The decisions over all cells, some cells for real, and what is left to do for a folder in which all are done. */
async function runAll(run: RunFolder, work: RunWork): Promise<Record<string, number>> {
  const input = await planInput(work);
  const cells = await planCells(input);
  const slots = cells.slice(0, slotCount).map((_, index) => `slot-${index}`);
  const started = {
    run: 'bench',
    folder: run.folder,
    kind: 'eval',
    jobs: cells.length,
    alreadyDone: 0,
  } as const;
  work.emit({ type: 'run-started', ...started, slots });
  const decisionsSeconds = await decide(cells);
  const results = new ResultsKeeper(run, cells, new CellResults(), { cells: new CellResults(), missing: [] });
  const ran = spread(cells, runCount);
  const cellCpuSeconds = await runSome(run, input, { cells: ran, results }, work);
  const atWork = cells.slice(0, slotCount);
  const progressCpuSeconds = followProgress(atWork, EPOCHS, work);
  await finishAll(run, { plan: cells, ran, results });
  return {
    cells: cells.length,
    slots: slotCount,
    epochs: EPOCHS,
    decisionsSeconds,
    cellCpuSeconds,
    progressCpuSeconds,
    progressFileCpuSeconds: await writeProgress(atWork, EPOCHS, folder),
  };
}

const run = startRun(undefined, measure);
for await (const _event of run);
console.log(JSON.stringify(await run));
