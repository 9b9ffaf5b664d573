/** Runs made up for the report's tests: seeded, any size, any name. */
import { taskNamed } from '../../../src/tasks/registry.js';
import type { SubsetName, Task } from '../../../src/tasks/vocabulary.js';
import { type CellSentences, countedSentence } from '../../../src/report/cell-sentences.js';
import type { RunInput } from '../../../src/report/input.js';
import type { CellResult, PredictionLine, ResultsFile, RunFile } from '../../../src/runs/types.js';
import { analyseSubsets } from '../../../src/scoring/analysis/analyse.js';
import { scoreSubsets } from '../../../src/scoring/metrics.js';

export interface ExampleOptions {
  readonly name?: string;
  readonly models?: readonly string[];
  readonly datasets?: readonly { readonly task: Task; readonly name: string }[];
  readonly seeds?: readonly number[];
  readonly shares?: readonly number[];
  readonly sentences?: number;
  readonly epochs?: number;
  /** Cells to leave out, with the reason. */
  readonly fail?: (cell: Pick<CellResult, 'model' | 'dataset' | 'seed' | 'trainShare'>) => string | null;
  readonly edit?: (cell: CellResult) => CellResult;
  readonly file?: Partial<RunFile>;
}

/** mulberry32: small, seeded, good enough to make examples with. */
function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const NOUNS = ['soup', 'waiter', 'view', 'battery', 'screen', 'rice', 'music', 'bill', 'keyboard', 'pasta'];
const OPINIONS = {
  positive: ['lovely', 'worth the trip', 'a joy'],
  negative: ['cold', 'slow', 'not what I paid for'],
  neutral: ['as usual', 'there', 'on the list'],
} as const;
const NAMES = ['positive', 'negative', 'neutral'] as const;

function makeRun(options: ExampleOptions, file: Partial<RunFile>): RunFile {
  return {
    schema: 1,
    kind: 'eval',
    name: options.name ?? 'quickstart',
    createdAt: '2026-03-01T09:30:00.000Z',
    fsaVersion: '0.1.0',
    config: { eval: { epochs: options.epochs ?? 5, batchSize: 16, models: {}, learningRate: 3e-4 } },
    hashes: { lock: 'a'.repeat(64) },
    versions: { node: '20.19.0', torch: '2.13.0', transformers: '5.23.0' },
    device: 'cpu',
    identity: {},
    notes: [],
    ...file,
    ...options.file,
  };
}

/** Later models are better, so that differences have a sign to test. */
export function makeEval(options: ExampleOptions = {}): RunInput {
  const {
    models = ['base', 'distilled'],
    datasets = [
      { task: 'atsa', name: 'rest14' },
      { task: 'acsa', name: 'laptop16' },
    ],
    seeds = [42, 52, 62],
    shares = [1],
    epochs = 5,
  } = options;
  const results: ResultsFile = { schema: 1, cells: [], missing: [] };
  const predictions = new Map<string, readonly PredictionLine[]>();
  const sentences = new Map<string, CellSentences>();
  const cellMetrics: RunInput['cellMetrics'] = new Map();
  for (const [place, model] of models.entries()) {
    for (const { task, name: dataset } of datasets) {
      for (const trainShare of shares) {
        for (const seed of seeds) {
          const jobId = `${place}-${task}-${datasets.findIndex((one) => one.name === dataset)}-${trainShare}-${seed}`;
          const reason = options.fail?.({ model, dataset, seed, trainShare }) ?? null;
          if (reason !== null) {
            results.missing.push({ jobId, model, task, dataset, seed, trainShare, reason });
            continue;
          }
          const skill = (0.45 + (0.4 * (place + 1)) / models.length) * (0.6 + 0.4 * trainShare);
          const random = makeRandom(seed * 31 + place * 7 + dataset.length);
          const lines = makePredictions(task, options.sentences ?? 120, skill, random);
          predictions.set(jobId, lines);
          sentences.set(
            jobId,
            lines.map((line) => countedSentence({ task }, line)),
          );
          const devF1 = Array.from(
            { length: epochs },
            (_, e) => skill * (1 - 0.6 ** (e + 1)) + random() * 0.02,
          );
          const rows = lines.map((line) => ({
            ...line,
            goldTuples: taskNamed(task).parse(line.gold, line.sentence).tuples,
            prediction: line.text,
          }));
          const cell: CellResult = {
            jobId,
            model,
            task,
            dataset,
            seed,
            trainShare,
            bestEpoch: devF1.indexOf(Math.max(...devF1)) + 1,
            devF1,
            subsets: scoreSubsets(rows, { task }),
            analysis: analyseSubsets(rows, { task }),
            device: 'cpu',
            threads: 1,
            seconds: 20 + random() * 5,
          };
          results.cells.push(options.edit?.(cell) ?? cell);
          (cellMetrics as Map<string, unknown>).set(
            jobId,
            devF1.flatMap((_, e) =>
              [0, 1, 2].map((step) => ({
                step: e * 3 + step + 1,
                epoch: e + 1,
                loss: 2 * Math.exp(-(e + step / 3) * (0.5 + 0.2 * place)) + random() * 0.05,
                validationLoss: null,
                learningRate: 3e-4,
                gradientNorm: 1 + random(),
                tokens: (e * 3 + step + 1) * 512,
                tokensPerSecond: 1500,
              })),
            ),
          );
        }
      }
    }
  }
  const configured = Object.fromEntries(models.map((name) => [name, `models/${name}`]));
  const file = makeRun(options, {});
  const settings = file.config['eval'] as Record<string, unknown>;
  return {
    file: { ...file, config: { ...file.config, eval: { ...settings, models: configured, seeds } } },
    folder: `runs/${file.name}`,
    results,
    cellMetrics,
    predictions,
    sentences,
    wallSeconds: 3723,
    distillMetrics: [],
  };
}

/** Sentences are the same for each call with the same number; what is predicted depends on the skill. */
function makePredictions(task: Task, n: number, skill: number, random: () => number): PredictionLine[] {
  const world = makeRandom(n);
  const pick = <T>(items: readonly T[], from: () => number): T => items[Math.floor(from() * items.length)]!;
  return Array.from({ length: n }, (_, index) => {
    const subsets: SubsetName[] = ['all', index % 3 === 0 ? 'hard' : 'test'];
    const aspects = index % 4 === 0 ? 2 : 1;
    const parts = Array.from({ length: aspects }, () => {
      const polarity = pick(NAMES, world);
      return { noun: pick(NOUNS, world), polarity, opinion: pick(OPINIONS[polarity], world) };
    });
    if (new Set(parts.map((part) => part.polarity)).size > 1) subsets.push('multiple');
    if (index % 7 === 0) subsets.push('implicit');
    const name = (noun: string) => (task === 'atsa' ? noun : `${noun} general`);
    const gold = parts.map((part) => `${name(part.noun)} | ${part.polarity}`);
    const text = gold.flatMap((pair, place) => {
      const luck = random();
      if (luck < skill) return [pair];
      if (luck < skill + 0.05) return [];
      if (luck < skill + 0.07) return [`${pair} | ${pair}`];
      return [`${name(parts[place]!.noun)} | ${pick(NAMES, random)}`];
    });
    return {
      id: String(index),
      sentence: `${parts
        .map((part) => `The ${part.noun} was ${part.opinion}`)
        .join(', but ')
        .replace(/but the/gi, 'but the')}.`,
      gold: gold.join(' ; '),
      text: text.join(' ; '),
      subsets,
    };
  });
}

export function makeDistillation(options: ExampleOptions & { readonly steps?: number } = {}): RunInput {
  const steps = options.steps ?? 300;
  const random = makeRandom(steps);
  const file = makeRun({ name: 'distil-sample', ...options }, { kind: 'distill' });
  return {
    file,
    folder: `runs/${file.name}`,
    results: null,
    cellMetrics: new Map(),
    predictions: new Map(),
    sentences: new Map(),
    wallSeconds: null,
    distillMetrics: Array.from({ length: steps }, (_, index) => {
      const step = index + 1;
      const level = 0.6 + 3.2 * Math.exp((-6 * step) / steps);
      return {
        step,
        epoch: null,
        loss: level * (0.95 + 0.1 * random()),
        validationLoss: step % Math.ceil(steps / 10) === 0 ? level * 1.04 : null,
        learningRate: 1e-5 + 0.5 * (3e-3 - 1e-5) * (1 + Math.cos((Math.PI * step) / steps)),
        gradientNorm: 0.4 + 2 * Math.exp((-4 * step) / steps) * (0.8 + 0.4 * random()),
        tokens: 9000,
        tokensPerSecond: 2900 + 200 * random(),
      };
    }),
  };
}
