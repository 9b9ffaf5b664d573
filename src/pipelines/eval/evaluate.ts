/** `fsa eval`: the matrix models × datasets × shares × seeds, in parallel, resumable cell by cell. */
import { hashesOfDataset } from '../../runs/dataset-hashes.js';
import { basename, join } from 'node:path';
import type { ErrorCode, FsaError } from '../../errors.js';
import type { CellResults } from '../../runs/cell-results.js';
import type { ResultsFile } from '../../runs/types.js';
import type { GateOutcome } from '../../report/types.js';
import { DEFAULT_RETRY_POLICY, Schedule } from '../../scheduler/schedule.js';
import { recordFailure } from '../run/attempt.js';
import type { Worker } from '../../workers/worker.js';
import { dispatch } from '../run/dispatch.js';
import { withCleanup } from '../run/with-cleanup.js';
import { openRun, type OpenRun } from '../run/open-run.js';
import { cancelled, type RunWork } from '../run/run-handle.js';
import { RunShare } from '../run/share.js';
import { HeadStart } from '../run/head-start.js';
import { withWorkers } from '../run/worker-executor.js';
import { factsOf, runCell } from './cell.js';
import { PairsWriter } from './datasets.js';
import { findFinished } from './finished.js';
import { withReach } from '../reach/cells.js';
import { planCells, type Cell } from './plan.js';
import {
  prepareEval,
  prepareGround,
  type EvalGround,
  type EvalInputs,
  type EvaluateOptions,
  type ModelPlace,
} from './prepare.js';
import { ResultsKeeper } from './results.js';

export type { EvaluateOptions } from './prepare.js';

export interface FailedCell {
  readonly jobId: string;
  readonly label: string;
  readonly reason: string;
  /** `CONFIG` and `DATA`: what the cell was given is wrong. */
  readonly code: ErrorCode;
}

export interface EvaluateResult {
  readonly folder: string;
  /** Everything the folder has that agrees in the settings that decide; with `only` what was asked for. */
  readonly results: ResultsFile;
  /** Cells that failed in this run; the others are in `results`. */
  readonly failed: readonly FailedCell[];
  /** What came of the gates that were asked for; a gate that is not met does not reject. */
  readonly gates: readonly GateOutcome[];
}

/**
 * Fine-tunes and measures every model on every dataset with every seed; failed cells do not throw.
 * @throws FsaError
 */
export async function evaluate(
  options: EvaluateOptions,
  work: RunWork,
  place?: ModelPlace,
): Promise<EvaluateResult> {
  const startedMs = performance.now();
  const ground = await prepareGround(options);
  const headStart = startAhead(ground);
  return await withCleanup(
    async () => {
      const inputs = await prepareEval(ground, options, work, place);
      const opened = await openEval(inputs, options, work);
      return await withCleanup(
        async () =>
          await runMatrix(
            { ...inputs, headStart },
            options,
            opened,
            { ...work, emit: opened.emit },
            startedMs,
          ),
        () => opened.run.close(),
      );
    },
    async () => await headStart?.close(),
  );
}

/** The first worker of a run that is new: one that is taken up may have nothing left to do. */
function startAhead({ config, before, runtime, slots, folder }: EvalGround): HeadStart | null {
  const [first, ...others] = slots;
  if (before !== null || config.cluster.on !== 'local' || first === undefined) return null;
  return new HeadStart({ runtime, slots: [first, ...others], folder });
}

async function openEval(inputs: EvalInputs, options: EvaluateOptions, { emit }: RunWork): Promise<OpenRun> {
  const { config, folder, runtime, slots, identity, baseline, notes } = inputs;
  return await openRun(
    folder,
    {
      kind: 'eval',
      name: basename(folder),
      config,
      identity,
      hashes: hashesOf(inputs),
      runtime,
      device: slots[0]?.device ?? 'cpu',
      notes: [...notes],
      report: { baseline },
    },
    { replace: options.replace, emit },
  );
}

interface MatrixInputs extends EvalInputs {
  readonly headStart: HeadStart | null;
}

/** Does what is missing of the matrix, and nothing else. */
async function runMatrix(
  inputs: MatrixInputs,
  options: EvaluateOptions,
  { run }: OpenRun,
  work: RunWork,
  startedMs: number,
): Promise<EvaluateResult> {
  const { folder, slots } = inputs;
  const { emit, signal } = work;
  const cells = await planCells({ ...inputs, pairs: new PairsWriter(join(folder, 'data')), signal });
  const { verify = false, only = false } = options;
  const { done, carried } = await findFinished(run, cells, { verify, only, emit });
  await inputs.keeper?.forgetWithoutModel(done, cells);
  const name = basename(folder);
  const jobs = { jobs: cells.length, alreadyDone: done.size, slots: slots.map((slot) => slot.name) };
  emit({ type: 'run-started', run: name, folder, kind: 'eval', ...jobs });
  for (const cell of cells) {
    if (done.has(cell.id)) emit({ type: 'job-skipped', ...factsOf(cell), reason: 'done already' });
  }
  const matrix = new Matrix(
    inputs,
    options,
    { run, results: new ResultsKeeper(run, cells, done, carried) },
    work,
  );
  await withCleanup(
    async () => {
      await matrix.results.begin();
      await matrix.run(cells, done);
    },
    () => matrix.results.flush(),
  );
  const failed = [...matrix.failed.values()];
  const seconds = (performance.now() - startedMs) / 1000;
  emit({
    type: 'run-finished',
    run: name,
    folder,
    done: matrix.results.countOf(cells),
    failed: failed.length,
    seconds,
  });
  // As objects ten thousand results take more memory than all the run: made for those who look.
  let file: ResultsFile | null = null;
  const results = (): ResultsFile => (file ??= matrix.results.file);
  return {
    folder,
    get results() {
      return results();
    },
    failed,
    gates: inputs.gates.judge(results),
  };
}

/** The cells that are to be done, and what came of them. */
class Matrix {
  readonly failed = new Map<string, FailedCell>();
  readonly results: ResultsKeeper;

  constructor(
    private readonly inputs: MatrixInputs,
    private readonly options: EvaluateOptions,
    private readonly kept: { readonly run: OpenRun['run']; readonly results: ResultsKeeper },
    private readonly work: RunWork,
  ) {
    this.results = kept.results;
  }

  async run(cells: readonly Cell[], done: Pick<CellResults, 'has'>): Promise<void> {
    const todo = cells.filter((cell) => !done.has(cell.id));
    if (todo.length === 0) return;
    const { config, folder, headStart, keeper, runtime, slots } = this.inputs;
    const { emit, signal } = this.work;
    if (keeper !== null)
      emit({ type: 'room-checked', ...(await keeper.checkDiskSpace(folder, todo, slots.length)) });
    const doneCost = cells.filter(({ id }) => done.has(id)).reduce((sum, { cost }) => sum + cost, 0);
    const share = new RunShare(todo, doneCost);
    const context = { ...this.work, run: this.kept.run, config, share };
    const policy = { ...DEFAULT_RETRY_POLICY, failFast: this.options.failFast ?? false };
    const [slot, ...others] = slots.slice(0, todo.length);
    let ready: readonly Cell[] = todo;
    const measure = async (worker: Worker): Promise<void> => {
      const scratch = join(folder, 'data');
      ready = await withReach(todo, worker, { ...this.inputs, folder: scratch, emit, signal });
    };
    await withWorkers<Cell>(
      {
        runtime,
        config,
        workers: Math.min(slots.length, todo.length),
        term: this.kept.run.term,
        folder,
        emit,
        signal,
        headStart,
        ...(slot === undefined ? {} : { first: { slot, work: measure, others } }),
        runJob: async (worker, cell, attempt) => {
          const result = await runCell(worker, cell, attempt, context);
          await this.inputs.keeper?.keep(cell, result);
          this.results.add(result);
        },
      },
      async (executor) => {
        await dispatch({
          schedule: new Schedule(ready, policy, () => performance.now()),
          slots,
          executor,
          onFailure: async (cell, attempt, error, willRetry) => {
            await recordFailure({ facts: factsOf(cell), attempt }, error, willRetry, context);
            if (!willRetry) this.#giveUp(cell, error);
          },
          signal,
        });
      },
    );
    if (signal.aborted) throw cancelled(signal);
  }

  #giveUp({ id, label }: Cell, { code, message: reason }: FsaError): void {
    this.failed.set(id, { jobId: id, label, reason, code });
    this.results.fail(id, reason);
  }
}

function hashesOf({ datasets, models }: EvalInputs): Record<string, string> {
  const hashes: Record<string, string> = {};
  for (const { label, files } of datasets) Object.assign(hashes, hashesOfDataset(label, files));
  for (const [name, { digest }] of models) hashes[`model ${name}`] = digest;
  return hashes;
}
