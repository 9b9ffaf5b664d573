// biome-ignore-all format: generated
/** Settings under `distill`. Generated from schema.ts by `npm run generate`. */
export type DistillConfig = {
  /**
   * Corpus files, folders or globs.
   * @defaultValue `["datasets/corpus/**∕*.json"]`
   */
  corpus: string[];
  /**
   * Held-out corpus file; null takes validationShare instead.
   * @defaultValue `null`
   */
  validation: string | null;
  /**
   * Share of the corpus held out for validation.
   * @defaultValue `0.01`
   */
  validationShare: number;
  /**
   * Leave out corpus rows that contain a benchmark sentence.
   * @defaultValue `false`
   */
  dropOverlaps: boolean;
  /**
   * Corpus rows without a usable review or answer: left out and counted, or an error.
   * @defaultValue `"skip"`
   */
  badRows: 'skip' | 'refuse';
  /**
   * Optimizer steps.
   * @defaultValue `200000`
   */
  steps: number;
  /**
   * Examples per micro-batch, over whose target tokens the loss is a mean.
   * @defaultValue `20`
   */
  batchSize: number;
  /**
   * Micro-batches per optimizer step.
   * @defaultValue `5`
   */
  accumulation: number;
  /**
   * Processes that train the student together, each on a GPU of its own.
   * @defaultValue `1`
   */
  ranks: number;
  /**
   * Pieces of a step to deal to ranks, at least as many; null takes the ranks of the first start.
   * @defaultValue `null`
   */
  shards: number | null;
  /**
   * Peak learning rate.
   * @defaultValue `0.003`
   */
  learningRate: number;
  /**
   * Where the cosine ends.
   * @defaultValue `0.00001`
   */
  finalLearningRate: number;
  /**
   * Steps of linear warm-up, from half the learning rate.
   * @defaultValue `0`
   */
  warmupSteps: number;
  /**
   * Weight decay of AdamWScale.
   * @defaultValue `0`
   */
  weightDecay: number;
  /**
   * Largest norm of the gradient.
   * @defaultValue `1`
   */
  clip: number;
  /**
   * Bf16 is mixed precision: weights stay in fp32.
   * @defaultValue `"bf16"`
   */
  precision: 'bf16' | 'fp32';
  /**
   * Longer reviews are cut here.
   * @defaultValue `128`
   */
  maxInputTokens: number;
  /**
   * Longer answers are cut here.
   * @defaultValue `400`
   */
  maxTargetTokens: number;
  /**
   * Optimizer steps between validations.
   * @defaultValue `2000`
   */
  validateEverySteps: number;
  /**
   * Examples per batch of a validation.
   * @defaultValue `80`
   */
  validationBatchSize: number;
  /**
   * Optimizer steps between checkpoints.
   * @defaultValue `2000`
   */
  checkpointEverySteps: number;
  /**
   * Also save when the last checkpoint is this old.
   * @defaultValue `30`
   */
  checkpointEveryMinutes: number;
  /**
   * Checkpoints kept.
   * @defaultValue `2`
   */
  keepCheckpoints: number;
};
