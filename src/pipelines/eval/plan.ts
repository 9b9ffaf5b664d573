/** The matrix: one cell per model × dataset × train share × seed, each with its identity and its work. */
import { isDeciding } from '../../config/deciding.js';
import { evalSchema, type Config } from '../../config/schema.js';
import type { JobSpec, Placement, SpecOf } from '../../rpc/messages.js';
import { jobIdOf } from '../../runs/identity.js';
import { taskNamed } from '../../tasks/registry.js';
import type { CellResult } from '../../runs/types.js';
import type { Job } from '../../scheduler/schedule.js';
import type { ModelSource } from '../sources/model.js';
import type { EvalDataset, PairsWriter } from './datasets.js';

export type CellKey = Pick<CellResult, 'model' | 'task' | 'dataset' | 'seed' | 'trainShare'>;

type CellSpec = SpecOf<'finetune'> | SpecOf<'generate'>;

/** Where a job goes on. */
interface JobPlace {
  readonly jobFolder: string;
  readonly lastRecordedStep: number;
}

export interface Cell extends Job {
  readonly key: CellKey;
  readonly label: string;
  readonly dataset: EvalDataset;
  /** What the model's tokenizer leaves of the dataset, once it is known. */
  readonly reach?: CellResult['reach'];
  /** The work for a slot. */
  readonly specFor: (placement: Placement, at: JobPlace) => CellSpec;
}

/** As much of a cell as results and folders are kept by. */
export type PlannedCell = Pick<Cell, 'id' | 'key'>;

/** As much of a cell as its texts are scored by. */
export type ScoredCell = Pick<Cell, 'key' | 'label' | 'dataset' | 'reach'>;

export interface PlanInput {
  readonly config: Config;
  readonly models: ReadonlyMap<string, ModelSource>;
  readonly datasets: readonly EvalDataset[];
  readonly pairs: PairsWriter;
  /** What a cell's numbers depend on besides its own settings: lock, kind of device, threads. */
  readonly placement: Readonly<Record<string, unknown>>;
  /** Says where a job's fine-tuned model goes; null where models are not kept. */
  readonly keeper: { folderOf(jobId: string): string } | null;
  readonly signal: AbortSignal;
}

/** All cells, in the order of the tables. */
export async function planCells(input: PlanInput): Promise<Cell[]> {
  const { config, models, datasets } = input;
  const cells: Cell[] = [];
  for (const dataset of datasets) {
    for (const [model, source] of models) {
      for (const trainShare of config.eval.epochs === 0 ? [1] : config.eval.trainShare) {
        for (const seed of config.eval.epochs === 0 ? config.eval.seeds.slice(0, 1) : config.eval.seeds) {
          const key = { model, task: dataset.task, dataset: dataset.name, seed, trainShare };
          cells.push(await planCell(key, source, dataset, input));
        }
      }
    }
  }
  return cells;
}

async function planCell(
  key: CellKey,
  source: ModelSource,
  dataset: EvalDataset,
  input: PlanInput,
): Promise<Cell> {
  const { config, pairs, placement, signal } = input;
  const settings = config.eval;
  const test = await pairs.split(dataset, 'test', signal);
  const model = {
    model: source.folder,
    modelFiles: [...source.files],
    modelDigest: source.digest,
    precision: settings.precision,
  };
  const lengths = {
    maxInputTokens: settings.maxInputTokens,
    maxGeneratedTokens: settings.maxGeneratedTokens ?? taskNamed(key.task).generatedTokens,
  };
  const generation = { ...model, ...lengths, generationBatchSize: settings.generationBatchSize };
  let withoutPlace:
    | Omit<SpecOf<'finetune'>, 'placement' | 'checkpointFolder' | 'lastRecordedStep' | 'modelFolder'>
    | Omit<SpecOf<'generate'>, 'placement'>;
  if (settings.epochs === 0) withoutPlace = { kind: 'generate', ...generation, pairs: test };
  else {
    withoutPlace = {
      kind: 'finetune',
      ...generation,
      seed: key.seed,
      train: await pairs.trainShare(dataset, key.trainShare, key.seed, signal),
      dev: await pairs.split(dataset, 'dev', signal),
      test,
      maxTargetTokens: settings.maxTargetTokens,
      epochs: settings.epochs,
      optimizer: {
        batchSize: settings.batchSize,
        accumulation: 1,
        learningRate: settings.learningRate,
        finalLearningRate: 0,
        warmupSteps: 0,
        weightDecay: settings.weightDecay,
        clip: settings.clip,
      },
      checkpointEveryMinutes: settings.checkpointEveryMinutes,
    };
  }
  const rows = withoutPlace.kind === 'finetune' ? withoutPlace.train.rows * withoutPlace.epochs : 0;
  const id = jobIdOf({
    ...identityOf(withoutPlace),
    ...placement,
    key,
    files: dataset.files,
    duplicates: settings.duplicates,
  });
  return {
    id,
    affinity: source.digest,
    cost: (rows + test.rows) * Math.max(1, source.weightBytes),
    key,
    label: labelOf(key),
    dataset,
    specFor: (placement, { jobFolder, lastRecordedStep }) =>
      withoutPlace.kind === 'finetune'
        ? {
            ...withoutPlace,
            placement,
            checkpointFolder: `${jobFolder}/checkpoint`,
            lastRecordedStep,
            modelFolder: input.keeper?.folderOf(id) ?? null,
          }
        : { ...withoutPlace, placement },
  };
}

/** A spec without what changes no number: paths and how often checkpoints are written. */
function identityOf(spec: Omit<JobSpec, 'placement'>): Record<string, unknown> {
  const entries = Object.entries(spec).filter(
    ([key]) => key !== 'model' && key !== 'modelFiles' && isDeciding(evalSchema, key),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutPath(value)]));
}

function withoutPath(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'sha256' in value ? value.sha256 : value;
}

export function labelOf({ model, task, dataset, seed, trainShare }: CellKey): string {
  const share = trainShare === 1 ? '' : ` · ${+(trainShare * 100).toFixed(4)} %`;
  return `${model} · ${task}/${dataset}${share} · seed ${seed}`;
}
