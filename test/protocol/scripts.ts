/** Jobs for the misbehaving worker (test/fixtures/scripted_jobs.py and raw_deeds.py). */
import type { OutputOf, SpecOf } from '../../src/rpc/messages.js';
import type { RunOptions } from '../../src/workers/types.js';
import type { Worker } from '../../src/workers/worker.js';

/** A generation job that the fixture answers as scripted: `echo:hello`, `die`, … */
export function scripted(script: string): SpecOf<'generate'> {
  return {
    kind: 'generate',
    placement: { device: 'cpu', threads: 1 },
    model: `script:${script}`,
    modelFiles: [{ name: 'config.json', sha256: 'c'.repeat(64) }],
    modelDigest: 'a'.repeat(64),
    precision: 'fp32',
    pairs: { path: '/nowhere', sha256: 'b'.repeat(64), rows: 1 },
    maxInputTokens: 10,
    maxGeneratedTokens: 10,
    generationBatchSize: 1,
  };
}

/** Runs a scripted generation job. */
export function runScript(
  worker: Worker,
  script: string,
  options: Partial<RunOptions> = {},
): Promise<OutputOf<'generate'>> {
  return worker.run<'generate'>(scripted(script), { jobId: `job-${script}`, attempt: 1, ...options });
}

/** A fine-tuning of so many epochs, scripted. */
export function epochs(count: number): SpecOf<'finetune'> {
  const { placement, model, modelFiles, modelDigest, precision, pairs } = scripted('epochs');
  return {
    kind: 'finetune',
    placement,
    model,
    modelFiles,
    modelDigest,
    precision,
    seed: 1,
    train: pairs,
    dev: pairs,
    test: pairs,
    maxInputTokens: 1,
    maxTargetTokens: 1,
    maxGeneratedTokens: 1,
    generationBatchSize: 1,
    epochs: count,
    optimizer: {
      batchSize: 1,
      accumulation: 1,
      learningRate: 1,
      finalLearningRate: 0,
      warmupSteps: 0,
      weightDecay: 0,
      clip: 1,
    },
    checkpointEveryMinutes: 1,
    checkpointFolder: '/nowhere',
    lastRecordedStep: 0,
    modelFolder: null,
  };
}
