// biome-ignore-all format: generated
import type { BaselineConfig } from './sections/baseline.js';
import type { ClusterConfig } from './sections/cluster.js';
import type { DistillConfig } from './sections/distill.js';
import type { EvalConfig } from './sections/eval.js';
import type { LlmConfig } from './sections/llm.js';
import type { ServeConfig } from './sections/serve.js';
import type { TeachConfig } from './sections/teach.js';
import type { ZeroshotConfig } from './sections/zeroshot.js';

/** Every setting of fsa; defaults are those of the preset `paper`. Generated from schema.ts by `npm run generate`. */
export type Config = {
  /**
   * The student: hub id, folder, or run folder of a distillation.
   * @defaultValue `"google-t5/t5-base"`
   */
  model: string;
  /**
   * Seed of the distillation.
   * @defaultValue `42`
   */
  seed: number;
  /**
   * Auto takes the GPUs where there are any.
   * @defaultValue `"auto"`
   */
  device: 'auto' | 'cpu' | 'cuda';
  /**
   * CPU threads per worker; null divides the cores evenly.
   * @defaultValue `null`
   */
  threads: number | null;
  distill: DistillConfig;
  eval: EvalConfig;
  llm: LlmConfig;
  teach: TeachConfig;
  baseline: BaselineConfig;
  zeroshot: ZeroshotConfig;
  serve: ServeConfig;
  cluster: ClusterConfig;
  /**
   * Trackers that follow a run: mlflow=URL, tensorboard, tensorboard=FOLDER, webhook=URL, otel.
   * @defaultValue `[]`
   */
  track: string[];
};
