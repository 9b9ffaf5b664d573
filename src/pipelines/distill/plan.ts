/** The one job of a distillation: its identity and its work. */
import { join } from 'node:path';
import { decidingSettings } from '../../config/deciding.js';
import { cacheFolder } from '../../config/environment.js';
import { distillSchema, type Config } from '../../config/schema.js';
import type { JobFacts } from '../../events.js';
import type { PairsFile, Placement, SpecOf } from '../../rpc/messages.js';
import { jobIdOf } from '../../runs/identity.js';
import type { ModelSource } from '../sources/model.js';
import { decidingShards } from './shards.js';

/** What makes two distillations one run; data and model are told apart by their digests. */
export function identityOf(
  { seed, distill }: Config,
  placement: Readonly<Record<string, unknown>>,
  shards: number,
): Record<string, unknown> {
  const deciding = decidingShards(shards);
  return {
    seed,
    distill: decidingSettings(distillSchema, distill),
    ...placement,
    ...(deciding === null ? {} : { shards: deciding }),
  };
}

export function distillJobId(
  identity: Readonly<Record<string, unknown>>,
  modelDigest: string,
  corpusHashes: Readonly<Record<string, string>>,
): string {
  return jobIdOf({ kind: 'distill', ...identity, model: modelDigest, corpus: corpusHashes });
}

/** Which job the events of a distillation are of. */
export function factsOf(jobId: string, { model, seed }: Config): JobFacts {
  return { jobId, label: 'distil', task: null, dataset: null, model, seed };
}

interface SpecParts {
  readonly config: Config;
  readonly model: ModelSource;
  readonly corpus: { readonly train: readonly PairsFile[]; readonly validation: readonly PairsFile[] };
  readonly folder: string;
  readonly placement: Placement;
  readonly shards: number;
  readonly lastRecordedStep: number;
}

export function specOf(parts: SpecParts): SpecOf<'distill'> {
  const { config, model, corpus, folder, placement, shards, lastRecordedStep } = parts;
  const { seed, distill: settings } = config;
  return {
    kind: 'distill',
    placement: { device: placement.device, threads: placement.threads },
    model: model.folder,
    modelFiles: [...model.files],
    modelDigest: model.digest,
    seed,
    precision: settings.precision,
    train: [...corpus.train],
    validation: [...corpus.validation],
    maxInputTokens: settings.maxInputTokens,
    maxTargetTokens: settings.maxTargetTokens,
    cacheFolder: join(cacheFolder(), 'tokens'),
    steps: settings.steps,
    ranks: settings.ranks,
    shards: decidingShards(shards),
    optimizer: {
      batchSize: settings.batchSize,
      accumulation: settings.accumulation,
      learningRate: settings.learningRate,
      finalLearningRate: settings.finalLearningRate,
      warmupSteps: settings.warmupSteps,
      weightDecay: settings.weightDecay,
      clip: settings.clip,
    },
    validateEverySteps: settings.validateEverySteps,
    validationBatchSize: settings.validationBatchSize,
    checkpointEverySteps: settings.checkpointEverySteps,
    checkpointEveryMinutes: settings.checkpointEveryMinutes,
    keepCheckpoints: settings.keepCheckpoints,
    checkpointFolder: join(folder, 'checkpoint'),
    lastRecordedStep,
    modelFolder: join(folder, 'model'),
  };
}
