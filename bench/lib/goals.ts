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

export interface Reach {
  readonly atLeast: number;
  readonly aim: number;
}

interface Goal extends Reach {
  readonly what: string;
  /** Memory: our share of the yardstick's, where less is better. */
  readonly lessIsBetter?: true;
  /** Where a shape has a goal of its own. */
  readonly shapes?: Readonly<Partial<Record<Shape, Reach>>>;
}

export const GOALS: Readonly<Record<ComparedName, Goal>> = {
  distill: {
    what: 'distillation step',
    atLeast: 6,
    aim: 8,
    // Its products are a larger part of a step, and the yardstick does them well.
    shapes: { 't5-base': { atLeast: 4, aim: 7 } },
  },
  finetune: { what: 'fine-tuning step', atLeast: 3, aim: 4 },
  multilingual: { what: 'fine-tuning step, 250,000 tokens in the vocabulary', atLeast: 2, aim: 3 },
  decode: { what: 'greedy decoding, token-identical in fp32', atLeast: 8, aim: 11 },
  cell: {
    what: 'one whole eval cell',
    atLeast: 2.5,
    aim: 4,
    shapes: { 't5-small': { atLeast: 3.5, aim: 5 } },
  },
  matrix: { what: 'matrix of cells, --parallel 2', atLeast: 4, aim: 5 },
  memory: {
    what: 'peak memory of a step',
    atLeast: 0.35,
    aim: 0.25,
    lessIsBetter: true,
    shapes: { 't5-base': { atLeast: 0.6, aim: 0.4 } },
  },
};

/** Seconds that are paid once, at most and as an aim. */
export const OVERHEAD_GOALS = {
  helpSeconds: { atMost: 0.1, aim: 0.07 },
  workerReadySeconds: { atMost: 1.2, aim: 0.8 },
} as const;

/** @param label a shape's name, or anything else */
export function reachOf(scenario: ComparedName, label: string): Reach {
  const { shapes = {}, atLeast, aim } = GOALS[scenario];
  const own = SHAPES.find((shape) => shape === label);
  return (own === undefined ? undefined : shapes[own]) ?? { atLeast, aim };
}
