// biome-ignore-all format: generated
/** Settings under `eval`. Generated from schema.ts by `npm run generate`. */
export type EvalConfig = {
  /**
   * Name in the tables: hub id, folder or run folder.
   * @defaultValue `{}`
   */
  models: Record<string, string>;
  /**
   * Datasets (atsa/rest14 and the like), or paths of dataset folders or annotated files.
   * @defaultValue `["atsa/rest14","atsa/laptop14","acsa/rest16","acsa/laptop16"]`
   */
  datasets: string[];
  /**
   * One cell per model, dataset and seed.
   * @defaultValue `[42,52,62,72,82,142,152,162,172,182]`
   */
  seeds: number[];
  /**
   * Shares of the training data, each one more cell.
   * @defaultValue `[1]`
   */
  trainShare: number[];
  /**
   * 0 measures the models as they are, without fine-tuning.
   * @defaultValue `20`
   */
  epochs: number;
  /**
   * Sentences per training step.
   * @defaultValue `16`
   */
  batchSize: number;
  /**
   * Sentences generated at once.
   * @defaultValue `64`
   */
  generationBatchSize: number;
  /**
   * Peak learning rate.
   * @defaultValue `0.0003`
   */
  learningRate: number;
  /**
   * Weight decay of AdamW, on every parameter.
   * @defaultValue `0.01`
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
   * Longer sentences are cut here.
   * @defaultValue `512`
   */
  maxInputTokens: number;
  /**
   * Longer targets are cut here.
   * @defaultValue `512`
   */
  maxTargetTokens: number;
  /**
   * Generation stops here; null takes what the task needs: 100, or 160 for tuple tasks.
   * @defaultValue `null`
   */
  maxGeneratedTokens: number | null;
  /**
   * Terms by position, or in the published order of offset strings.
   * @defaultValue `"text"`
   */
  targetOrder: 'text' | 'reference';
  /**
   * How often a repeated pair counts; each is the published metric.
   * @defaultValue `"each"`
   */
  duplicates: 'each' | 'once';
  /**
   * Gold as it is, or sentence and gold after the model's tokenizer wrote them.
   * @defaultValue `"exact"`
   */
  compare: 'exact' | 'tokenizer-normalised';
  /**
   * Workers at once; on GPUs at most perGpu on each.
   * @defaultValue `1`
   */
  parallel: number;
  /**
   * Workers that share one GPU.
   * @defaultValue `1`
   */
  perGpu: number;
  /**
   * Minutes between checkpoints of a cell.
   * @defaultValue `10`
   */
  checkpointEveryMinutes: number;
};
