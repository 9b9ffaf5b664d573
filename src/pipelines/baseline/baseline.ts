/** `fsa baseline`: language models that see a few training sentences, as cells of the usual matrix and report. */
import { hashesOfDataset } from '../../runs/dataset-hashes.js';
import { basename, resolve } from 'node:path';
import { decidingSettings } from '../../config/deciding.js';
import { baselineSchema } from '../../config/prompting-schema.js';
import type { Config } from '../../config/schema.js';
import { readOwnVersion } from '../../config/version.js';
import { FsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import { RunFolder } from '../../runs/run-folder.js';
import type { RunFile } from '../../runs/types.js';
import { DEFAULT_RETRY_POLICY, Schedule } from '../../scheduler/schedule.js';
import { hashValue } from '../../storage/digest.js';
import { NANO } from '../../teacher/spending/budget.js';
import { factsOf } from '../eval/cell.js';
import { type EvalDataset, readEvalDatasets } from '../eval/datasets.js';
import type { FailedCell } from '../eval/evaluate.js';
import { findFinished } from '../eval/finished.js';
import { ResultsKeeper } from '../eval/results.js';
import { findTeachers, openSessions, type Sessions } from '../llm/sessions.js';
import type { Teacher } from '../llm/teacher.js';
import { describeMaking } from '../run/making.js';
import { recordFailure } from '../run/attempt.js';
import { dispatch } from '../run/dispatch.js';
import { resolveConfig } from '../run/options.js';
import { readDataNotes } from '../run/run-file.js';
import { cancelled, type RunWork } from '../run/run-handle.js';
import { RunShare } from '../run/share.js';
import { withCleanup } from '../run/with-cleanup.js';
import { runBaselineCell } from './cell.js';
import { type BaselineCell, planBaseline } from './plan.js';
import type { BaselineOptions, BaselineResult } from './types.js';

/**
 * Asks every model about every test sentence that it has not answered yet. Failed cells do not throw.
 * @throws FsaError CONFIG, DATA before anything is asked; API, BUDGET when the asking had to stop
 */
export async function baseline(options: BaselineOptions, work: RunWork): Promise<BaselineResult> {
  const startedMs = performance.now();
  const cwd = options.cwd ?? process.cwd();
  const config = await resolveConfig(options);
  const folder = resolve(cwd, options.output ?? 'runs/baseline');
  refuseNothing(config);
  const datasets = await readTestSets(config, cwd, work);
  const teachers = findTeachers(config, config.baseline.models, config.baseline.budget, cwd);
  const cells = planBaseline(config, datasets, teachers);
  const file = await describe(folder, { config, datasets, teachers, cwd });
  const run = await RunFolder.open(folder, file, { replace: options.replace === true });
  const emit: Emit = (body) => {
    run.record({ ...body, time: new Date().toISOString() });
    work.emit(body);
  };
  return await withCleanup(
    async () =>
      await runCells(
        { config, cells, teachers, run, verify: options.verify === true, startedMs },
        { ...work, emit },
      ),
    () => run.close(),
  );
}

interface Parts {
  readonly config: Config;
  readonly cells: readonly BaselineCell[];
  readonly teachers: ReadonlyMap<string, Teacher>;
  readonly run: RunFolder;
  readonly verify: boolean;
  readonly startedMs: number;
}

async function runCells(parts: Parts, work: RunWork): Promise<BaselineResult> {
  const { config, cells, teachers, run, verify, startedMs } = parts;
  const { emit, signal } = work;
  const { folder } = run;
  const { done, carried } = await findFinished(run, cells, { verify, only: false, emit });
  const name = basename(folder);
  const started = {
    run: name,
    folder,
    kind: 'baseline',
    jobs: cells.length,
    alreadyDone: done.size,
  } as const;
  emit({ type: 'run-started', ...started, slots: [...teachers.keys()] });
  const results = new ResultsKeeper(run, cells, done, carried);
  const sessions = await openSessions({
    config,
    teachers,
    usd: config.baseline.budget,
    folder,
    drawn: { temperature: config.baseline.temperature, seed: cells[0]?.key.seed ?? null },
    emit,
    signal,
  });
  const failed = new Map<string, FailedCell>();
  await withCleanup(
    async () => {
      await results.begin();
      await askCells(
        { ...parts, todo: cells.filter(({ id }) => !done.has(id)), sessions, results, failed },
        work,
      );
    },
    async () => {
      await sessions.close();
      await results.flush();
    },
  );
  const seconds = (performance.now() - startedMs) / 1000;
  emit({
    type: 'run-finished',
    run: name,
    folder,
    done: results.countOf(cells),
    failed: failed.size,
    seconds,
  });
  const { spent, possiblyCharged } = sessions.budget;
  const isPriced = [...teachers.values()].every(({ price }) => price !== null);
  const usdOf = (nanoUsd: number): number | null => (isPriced ? nanoUsd / NANO : null);
  const costs = {
    usdSpent: usdOf(spent.nanoUsd),
    usdPossible: usdOf(possiblyCharged.nanoUsd),
    tokens: spent.tokens,
  };
  return { folder, results: results.file, failed: [...failed.values()], costs };
}

interface AskParts extends Parts {
  readonly todo: readonly BaselineCell[];
  readonly sessions: Sessions;
  readonly results: ResultsKeeper;
  readonly failed: Map<string, FailedCell>;
}

async function askCells(
  { config, run, todo, sessions, results, failed }: AskParts,
  work: RunWork,
): Promise<void> {
  if (todo.length === 0) return;
  const context = { ...work, run, config, share: new RunShare(todo) };
  await dispatch<BaselineCell, { readonly name: string }>({
    schedule: new Schedule(todo, DEFAULT_RETRY_POLICY, () => performance.now()),
    // One cell at a time: what runs side by side are its requests.
    slots: [{ name: 'llm' }],
    executor: {
      open: () =>
        Promise.resolve({
          run: async (cell: BaselineCell, attempt: number) => {
            const session = sessions.byName.get(cell.llm);
            if (session === undefined) throw new Error(`no session is open for ${cell.llm}`);
            results.add(await runBaselineCell(cell, attempt, session, context));
          },
          close: () => Promise.resolve(),
        }),
    },
    onFailure: async (cell, attempt, error, willRetry) => {
      await recordFailure({ facts: factsOf(cell), attempt }, error, willRetry, context);
      if (willRetry) return;
      const { code, message: reason } = error;
      failed.set(cell.id, { jobId: cell.id, label: cell.label, reason, code });
      results.fail(cell.id, reason);
    },
    signal: work.signal,
  });
  if (work.signal.aborted) throw cancelled(work.signal);
}

function refuseNothing({ baseline: { models, shots, seeds }, eval: { datasets } }: Config): void {
  const problems: string[] = [];
  if (Object.keys(models).length === 0) problems.push('no model is named: use --model or baseline.models');
  if (datasets.length === 0) problems.push('no dataset is named: use --dataset or eval.datasets');
  if (shots.length === 0) problems.push('no number of shots is named: use --shots or baseline.shots');
  if (seeds.length === 0) problems.push('no seed is named: use --seeds or baseline.seeds');
  if (problems.length > 0) throw new FsaError('CONFIG', 'There is nothing to ask.', { problems });
}

async function readTestSets(
  { baseline: { limit, shots }, eval: settings }: Config,
  cwd: string,
  work: RunWork,
): Promise<EvalDataset[]> {
  const { targetOrder } = settings;
  const datasets = await readEvalDatasets(settings.datasets, { targetOrder, epochs: 0 }, cwd, work);
  refuseMoreThanThereAre(datasets, Math.max(...shots));
  return limit === null
    ? datasets
    : datasets.map((dataset) => ({ ...dataset, test: dataset.test.slice(0, limit) }));
}

/** A cell must not be called after demonstrations that nobody was shown. */
function refuseMoreThanThereAre(datasets: readonly EvalDataset[], shots: number): void {
  const problems = datasets
    .filter(({ train }) => train.length < shots)
    .map(({ label, train }) => `${label} has ${train.length} training sentences`);
  if (problems.length === 0) return;
  throw new FsaError('DATA', `There are not enough training sentences for ${shots} demonstrations.`, {
    problems,
    advice: 'Ask for fewer (--shots 0 needs none), or name a dataset with more training sentences.',
  });
}

async function describe(
  folder: string,
  {
    config,
    datasets,
    teachers,
    cwd,
  }: Pick<Parts, 'config' | 'teachers'> & { datasets: readonly EvalDataset[]; cwd: string },
): Promise<RunFile> {
  const hashes: Record<string, string> = {};
  for (const { label, files } of datasets) Object.assign(hashes, hashesOfDataset(label, files));
  // Another model by the same name would come under one mean with the first.
  for (const [llm, { place }] of teachers)
    hashes[`the language model ${llm}`] = hashValue({ name: place.name, model: place.model });
  const { duplicates, targetOrder } = config.eval;
  return {
    schema: 1,
    kind: 'baseline',
    name: basename(folder),
    createdAt: new Date().toISOString(),
    fsaVersion: readOwnVersion(),
    config,
    identity: {
      baseline: decidingSettings(baselineSchema, config.baseline),
      eval: { duplicates, targetOrder },
    },
    hashes,
    versions: { node: process.versions.node },
    device: [...new Set([...teachers.values()].map(({ place }) => place.baseUrl))].join(', '),
    notes: await readDataNotes(config.eval.datasets, cwd),
    made: await describeMaking(),
  };
}
