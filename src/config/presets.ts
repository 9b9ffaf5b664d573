/** The numbers of the paper (arXiv 2412.18552, sections 3 and 4), and those of the bundled sample. */
import type { Config } from './schema.js';

const paper: Config = {
  model: 'google-t5/t5-base',
  seed: 42,
  device: 'auto',
  threads: null,
  distill: {
    corpus: ['datasets/corpus/**/*.json'],
    validation: null,
    validationShare: 0.01,
    dropOverlaps: false,
    badRows: 'skip',
    steps: 200_000,
    batchSize: 20,
    accumulation: 5,
    learningRate: 3e-3,
    finalLearningRate: 1e-5,
    warmupSteps: 0,
    weightDecay: 0,
    clip: 1,
    precision: 'bf16',
    maxInputTokens: 128,
    maxTargetTokens: 400,
    validateEverySteps: 2000,
    validationBatchSize: 80,
    checkpointEverySteps: 2000,
    checkpointEveryMinutes: 30,
    keepCheckpoints: 2,
  },
  eval: {
    models: {},
    datasets: ['atsa/rest14', 'atsa/laptop14', 'acsa/rest16', 'acsa/laptop16'],
    seeds: [42, 52, 62, 72, 82, 142, 152, 162, 172, 182],
    trainShare: [1],
    epochs: 20,
    batchSize: 16,
    generationBatchSize: 64,
    learningRate: 3e-4,
    weightDecay: 0.01,
    clip: 1,
    precision: 'bf16',
    maxInputTokens: 512,
    maxTargetTokens: 512,
    maxGeneratedTokens: 100,
    targetOrder: 'text',
    duplicates: 'each',
    parallel: 1,
    perGpu: 1,
    checkpointEveryMinutes: 10,
  },
};

/**
 * Small enough for two CPU cores: what `npm run quickstart` runs. The student has a million weights and knows no
 * word, hence the large learning rates; at its size one thread and fp32 are the fastest.
 */
const sample: Config = {
  ...paper,
  model: 'models/sample',
  threads: 1,
  distill: {
    ...paper.distill,
    corpus: ['datasets/sample/corpus'],
    validation: 'datasets/sample/validation.json',
    steps: 1400,
    batchSize: 16,
    accumulation: 1,
    learningRate: 2e-2,
    precision: 'fp32',
    maxTargetTokens: 200,
    validateEverySteps: 350,
    checkpointEverySteps: 700,
  },
  eval: {
    ...paper.eval,
    datasets: ['datasets/sample/benchmark/atsa/sample', 'datasets/sample/benchmark/acsa/sample'],
    seeds: [42, 52, 62],
    epochs: 10,
    learningRate: 2e-3,
    precision: 'fp32',
    parallel: 3,
  },
};

export const PRESETS = { paper, sample } as const satisfies Record<string, Config>;
export type PresetName = keyof typeof PRESETS;
