/** `fsa eval`: the matrix models × datasets × shares × seeds, in parallel, resumable cell by cell. */
import { basename, join, resolve } from 'node:path';
import type { Config } from '../../config/schema.js';
import type { Task } from '../../tasks/vocabulary.js';
import { FsaError } from '../../errors.js';
import { readJobState, readRunFile } from '../../runs/run-folder.js';
import type { CellResult, ResultsFile } from '../../runs/types.js';
import { PY_RUNTIME_FOLDER } from '../../runtime/locate.js';
import { requireRuntime } from '../../runtime/drift.js';
import { DEFAULT_RETRY_POLICY, Schedule } from '../../scheduler/schedule.js';
import { openWorkerHost } from '../../workers/host.js';
import { dispatch } from '../run/dispatch.js';
import { recordFailure, runCell } from './cell.js';
import { PairsWriter, readEvalDatasets, type EvalDataset } from './datasets.js';
import { planCells, type Cell } from './plan.js';
import { ResultsKeeper } from './results.js';
import { findSlots, placementIdentity } from '../run/slots.js';
import { resolveModel, type ModelSource } from '../sources/model.js';
import { openRun } from '../run/open-run.js';
import { resolveConfig, type RunOptions } from '../run/options.js';
import { cancelled, type Work } from '../run/run-handle.js';
import { readDataNotes, recordedThreads } from '../run/run-file.js';
import { withEnd } from '../run/finally.js';

export interface EvaluateOptions extends RunOptions {
  /** Only the datasets of this task. */
  readonly task?: Task;
  /** Stop handing out cells after the first one that fails for good. */
  readonly failFast?: boolean;
}

export interface FailedCell {
  readonly jobId: string;
  readonly label: string;
  readonly reason: string;
}

export interface EvaluateResult {
  readonly folder: string;
  readonly results: ResultsFile;
  /** Cells that failed in this run; the others are in `results`. */
  readonly failed: readonly FailedCell[];
}

/**
 * Fine-tunes and measures every model on every dataset with every seed; failed cells do not throw.
 * @throws FsaError
 */
export async function evaluate(options: EvaluateOptions, { emit, signal }: Work): Promise<EvaluateResult> {
  const startedMs = performance.now();
  const cwd = options.cwd ?? process.cwd();
  const config = await resolveConfig(options);
  refuseEmptyAxes(config);
  const folder = resolve(cwd, options.output ?? 'runs/eval');
  const runtime = await requireRuntime();
  const datasets = (await readEvalDatasets(config.eval.datasets, config.eval.targetOrder, cwd)).filter(
    ({ task }) => options.task === undefined || task === options.task,
  );
  if (datasets.length === 0)
    throw new FsaError('CONFIG', `No dataset is of the task ${String(options.task)}.`, {
      advice: 'Name one with --dataset.',
    });
  const models = await resolveModels(config, cwd, signal);
  const before = options.replace === true ? null : await readRunFile(folder);
  const slots = await findSlots(config, { ...config.eval, threads: recordedThreads(before) });
  const surroundings = { lock: runtime.lockHash, ...placementIdentity(slots) };

  const { run, say } = await openRun(
    folder,
    {
      kind: 'eval',
      name: basename(folder),
      config,
      identity: { ...identityOf(config), ...surroundings },
      hashes: hashesOf(datasets, models),
      runtime,
      device: slots[0]?.device ?? 'cpu',
      notes: await readDataNotes(config.eval.datasets, cwd),
    },
    { replace: options.replace, emit },
  );
  return await withEnd(runAll, () => run.close());

  async function runAll(): Promise<EvaluateResult> {
    const pairs = new PairsWriter(join(folder, 'data'));
    const cells = await planCells({ config, models, datasets, pairs, surroundings, signal });
    const done = await findDone(folder, cells);
    say({
      type: 'run-started',
      run: basename(folder),
      folder,
      kind: 'eval',
      jobs: cells.length,
      alreadyDone: done.size,
      slots: slots.map(({ name }) => name),
    });
    for (const cell of cells) {
      if (done.has(cell.id))
        say({ type: 'job-skipped', jobId: cell.id, label: cell.label, reason: 'done already' });
    }
    const results = new ResultsKeeper(run, cells, done);
    const failed = new Map<string, FailedCell>();
    const todo = cells.filter((cell) => !done.has(cell.id));
    await withEnd(
      async () => {
        if (todo.length > 0) await runCells(todo, failed, results);
      },
      () => results.flush(),
    );
    const seconds = (performance.now() - startedMs) / 1000;
    say({
      type: 'run-finished',
      run: basename(folder),
      folder,
      done: results.count,
      failed: failed.size,
      seconds,
    });
    return { folder, results: results.file, failed: [...failed.values()] };
  }

  async function runCells(
    todo: Cell[],
    failed: Map<string, FailedCell>,
    results: ResultsKeeper,
  ): Promise<void> {
    const schedule = new Schedule(
      todo,
      { ...DEFAULT_RETRY_POLICY, failFast: options.failFast ?? false },
      () => performance.now(),
    );
    const host = await openWorkerHost({
      python: runtime.python,
      runtimeFolder: PY_RUNTIME_FOLDER,
      emit: say,
    });
    try {
      await dispatch({
        schedule,
        slots,
        launch: (slot) => host.launch({ slot, logPath: join(folder, 'workers', `${slot.name}.log`) }),
        runJob: async (worker, cell, attempt) => {
          const result = await runCell(worker, cell, attempt, { run, config, emit: say, signal });
          failed.delete(cell.id);
          await results.add(result);
        },
        onFailure: async (cell, attempt, error, willRetry) => {
          await recordFailure(run, cell, attempt, error);
          const { code, message } = error;
          if (!willRetry) failed.set(cell.id, { jobId: cell.id, label: cell.label, reason: message });
          if (!willRetry) await results.fail(cell.id, message);
          say({
            type: 'job-failed',
            jobId: cell.id,
            label: cell.label,
            attempt,
            willRetry,
            error: { code, message },
          });
        },
        emit: say,
        signal,
      });
      if (signal.aborted) throw cancelled(signal);
    } finally {
      await host.close();
    }
  }
}

function refuseEmptyAxes({ eval: { models, datasets, seeds, trainShare } }: Config): void {
  const problems: string[] = [];
  if (Object.keys(models).length === 0)
    problems.push('no model is named: use --model name=PATH or eval.models');
  if (datasets.length === 0) problems.push('no dataset is named: use --dataset or eval.datasets');
  if (seeds.length === 0) problems.push('no seed is named: use --seeds or eval.seeds');
  if (trainShare.length === 0)
    problems.push('no share of the training data is named: use --train-share or eval.trainShare');
  for (const [name, list] of Object.entries({ seeds, trainShare, datasets })) {
    if (new Set<unknown>(list).size !== list.length) problems.push(`eval.${name} names something twice`);
  }
  if (problems.length > 0) throw new FsaError('CONFIG', 'There is nothing to evaluate.', { problems });
}

async function resolveModels(
  config: Config,
  cwd: string,
  signal: AbortSignal,
): Promise<Map<string, ModelSource>> {
  const models = new Map<string, ModelSource>();
  for (const [name, spec] of Object.entries(config.eval.models))
    models.set(name, await resolveModel(spec, cwd, signal));
  return models;
}

/** The settings that change a cell's numbers; the axes of the matrix are the cells' own. */
function identityOf({ eval: settings }: Config): Record<string, unknown> {
  const { models: _models, datasets: _datasets, seeds: _seeds, trainShare: _share, ...rest } = settings;
  const { parallel: _parallel, perGpu: _perGpu, checkpointEveryMinutes: _minutes, ...deciding } = rest;
  return { eval: deciding };
}

function hashesOf(
  datasets: readonly EvalDataset[],
  models: ReadonlyMap<string, ModelSource>,
): Record<string, string> {
  const hashes: Record<string, string> = {};
  for (const dataset of datasets) {
    for (const [name, hash] of Object.entries(dataset.files))
      hashes[`dataset ${dataset.label} ${name}`] = hash;
  }
  for (const [name, { digest }] of models) hashes[`model ${name}`] = digest;
  return hashes;
}

async function findDone(folder: string, cells: readonly Cell[]): Promise<Map<string, CellResult>> {
  const done = new Map<string, CellResult>();
  for (const { id } of cells) {
    const state = await readJobState(folder, id);
    if (state?.status === 'done' && state.cell !== null) done.set(id, state.cell);
  }
  return done;
}
