/** What an eval stands on, read and judged before any work: settings, data, models, slots, report options. */
import { join, resolve } from 'node:path';
import { cacheFolder } from '../../config/environment.js';
import { decidingSettings } from '../../config/deciding.js';
import { evalSchema, type Config } from '../../config/schema.js';
import { FsaError } from '../../errors.js';
import { describeSharedSentences } from '../../data/benchmark/shared-sentences.js';
import type { RunFile } from '../../runs/types.js';
import { readRunFile } from '../../runs/run-folder.js';
import { requireRuntime } from '../../runtime/drift.js';
import type { Runtime } from '../../runtime/locate.js';
import type { Slot } from '../../runtime/slot.js';
import type { Task } from '../../tasks/vocabulary.js';
import { refuseThread } from '../../workers/host.js';
import { openGates, type GateOptions, type Gates } from '../gates.js';
import { resolveConfig, type RunOptions } from '../run/options.js';
import type { Work } from '../run/run-handle.js';
import { readDataNotes, recordedThreads } from '../run/run-file.js';
import { findSlots, placementIdentity, withKernels } from '../run/slots.js';
import { judgeModel } from '../sources/judge-model.js';
import { resolveModel, type ModelSource } from '../sources/model.js';
import { ModelKeeper, type KeepModels } from './keep-models.js';
import { readEvalDatasets, type EvalDataset } from './datasets.js';

export interface EvaluateOptions extends RunOptions, GateOptions {
  /** Only the datasets of this task. */
  readonly task?: Task;
  /** Stop handing out cells after the first one that fails for good. */
  readonly failFast?: boolean;
  /** Model that the report compares the others with; kept for later reports of the run. */
  readonly baseline?: string;
  /** Results hold only what is asked for now, not what the folder has besides. */
  readonly only?: boolean;
  /** Which fine-tuned models stay in the run, each with its fsa.json; none where it is not said. */
  readonly keepModels?: KeepModels;
}

/** Where `finetune` wants the one model of its one cell. */
export interface ModelPlace {
  /** Relative to the run folder. */
  readonly modelFolder: string;
}

/** What is settled without reading data and models. */
export interface EvalGround {
  readonly cwd: string;
  readonly config: Config;
  readonly folder: string;
  /** What the folder says of a run that was begun there; null where there is none, or it is replaced. */
  readonly before: RunFile | null;
  readonly baseline: string | null;
  readonly runtime: Runtime;
  readonly slots: readonly Slot[];
}

export interface EvalInputs extends EvalGround {
  readonly datasets: readonly EvalDataset[];
  readonly models: ReadonlyMap<string, ModelSource>;
  /** What a cell's numbers depend on besides settings and data: lock, kind of device, threads. */
  readonly placement: Readonly<Record<string, unknown>>;
  /** What makes two evals one run. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** Null where no fine-tuned model stays. */
  readonly keeper: ModelKeeper | null;
  readonly gates: Gates;
  /** What every report on these data has to say. */
  readonly notes: readonly string[];
}

/** @throws FsaError CONFIG, RUNTIME before anything is written or read of data and models */
export async function prepareGround(options: EvaluateOptions): Promise<EvalGround> {
  refuseThread();
  requireCache();
  const cwd = options.cwd ?? process.cwd();
  const config = await resolveConfig(options);
  refuseEmptyAxes(config);
  const folder = resolve(cwd, options.output ?? 'runs/eval');
  const before = options.replace === true ? null : await readRunFile(folder);
  const baseline = chooseBaseline(options.baseline, config, before);
  const runtime = await requireRuntime();
  const found = await findSlots(config, { ...config.eval, threads: recordedThreads(before) });
  const slots = await withKernels(found, {
    runtime,
    precision: config.eval.precision,
    generates: true,
    before,
  });
  return { cwd, config, folder, before, baseline, runtime, slots };
}

/** @throws FsaError CONFIG, DATA before anything is written */
export async function prepareEval(
  ground: EvalGround,
  options: EvaluateOptions,
  { emit, signal }: Pick<Work, 'emit' | 'signal'>,
  place?: ModelPlace,
): Promise<EvalInputs> {
  const { cwd, config, folder, baseline, runtime, slots } = ground;
  const datasets = await readDatasetsOf(options.task, config, cwd, { emit, signal });
  const models = new Map<string, ModelSource>();
  for (const [name, spec] of Object.entries(config.eval.models)) {
    const model = await resolveModel(spec, cwd, signal);
    await judgeModel(model, { resizes: false });
    models.set(name, model);
  }
  const placement = { lock: runtime.lockHash, ...placementIdentity(slots) };
  const identity = { eval: decidingSettings(evalSchema, config.eval), ...placement };
  const folderOf = (jobId: string): string =>
    join(folder, place?.modelFolder ?? join('jobs', jobId, 'model'));
  const { keepModels: keep } = options;
  const keeper = keep === undefined ? null : new ModelKeeper({ keep, folderOf, config, models });
  const measured = {
    folder,
    models: [...models.keys()],
    datasets: datasets.map(({ label }) => label),
    files: Object.fromEntries(datasets.map(({ label, files }) => [label, files])),
    ...(baseline === null ? {} : { baseline }),
  };
  const gates = await openGates(options, measured, cwd);
  const shared = config.eval.epochs > 0 ? datasets.flatMap(describeSharedSentences) : [];
  for (const message of shared) emit({ type: 'warning', message, where: null });
  const notes = [...(await readDataNotes(config.eval.datasets, cwd)), ...shared];
  return { ...ground, datasets, models, placement, identity, keeper, gates, notes };
}

/** @throws FsaError USAGE where this user has no home and named no cache: before a folder is looked at */
function requireCache(): void {
  cacheFolder();
}

async function readDatasetsOf(
  task: Task | undefined,
  { eval: settings }: Config,
  cwd: string,
  work: Pick<Work, 'emit' | 'signal'>,
): Promise<EvalDataset[]> {
  const found = await readEvalDatasets(settings.datasets, { ...settings, task }, cwd, work);
  const wanted = found.filter((dataset) => task === undefined || task === dataset.task);
  if (wanted.length > 0) return wanted;
  throw new FsaError('CONFIG', `No dataset is of the task ${String(task)}.`, {
    advice: 'Name one (eval.datasets, --dataset).',
  });
}

/** The model named now, else the one that was named when the run began. */
function chooseBaseline(named: string | undefined, config: Config, before: RunFile | null): string | null {
  if (named === undefined) return before?.report?.baseline ?? null;
  const earlier = before?.config['eval'] as Partial<Config['eval']> | undefined;
  const models = Object.keys({ ...earlier?.models, ...config.eval.models });
  if (models.includes(named)) return named;
  throw new FsaError('CONFIG', `The baseline ${named} is none of the models: ${models.join(', ')}.`, {
    where: 'baseline',
    advice: 'Name one of them, or leave the baseline out.',
  });
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
