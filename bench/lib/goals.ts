/** What is measured and what was to be reached; a goal is a ratio of the yardstick's seconds to ours. */

export const SCENARIOS = [
  'distill',
  'finetune',
  'multilingual',
  'decode',
  'cell',
  'matrix',
  'memory',
  'overhead',
  'schedule',
  'ranks',
  'load',
] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/** Scenarios that compare with the yardstick. */
export type ComparedName = Exclude<ScenarioName, 'overhead' | 'schedule' | 'ranks' | 'load'>;

/** A model's shape, as bench/python knows it. */
export const SHAPES = ['tiny', 't5-mini', 't5-small', 't5-base', 'mt5-small'] as const;
export type Shape = (typeof SHAPES)[number];

export interface Goal {
  readonly what: string;
  readonly atLeast: number;
  readonly aim: number;
  /** Memory: our share of the yardstick's, where less is better. */
  readonly lessIsBetter?: true;
}

export const GOALS: Readonly<Record<ComparedName, Goal>> = {
  distill: { what: 'distillation step', atLeast: 4, aim: 7 },
  finetune: { what: 'fine-tuning step', atLeast: 1.6, aim: 2.2 },
  multilingual: { what: 'fine-tuning step, 250,000 tokens in the vocabulary', atLeast: 2, aim: 3 },
  decode: { what: 'greedy decoding, token-identical in fp32', atLeast: 4, aim: 8 },
  cell: { what: 'one whole eval cell', atLeast: 2.2, aim: 3.5 },
  matrix: { what: 'matrix of cells, --parallel 2', atLeast: 2.5, aim: 4 },
  memory: { what: 'peak memory of a step', atLeast: 0.6, aim: 0.4, lessIsBetter: true },
};
