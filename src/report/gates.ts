/** Gates: whether measured models are as good as was asked for. Pure, from results alone. */
import type { CellResult, ResultsFile } from '../runs/types.js';
import { aggregate } from '../scoring/aggregate.js';
import { meanInterval, type MeanInterval } from '../scoring/interval.js';
import type { SubsetName, Task } from '../tasks/vocabulary.js';
import { count, formatDifference, formatPoints, formatShare } from './format.js';
import { metricsOf } from './summarize.js';
import type { GateOutcome } from './types.js';

/** `--fail-under atsa/rest14=65`. */
export interface LeastScore {
  /** Null: every model but the baseline. */
  readonly model: string | null;
  readonly task: Task;
  readonly dataset: string;
  readonly subset: SubsetName;
  /** F1 in points. */
  readonly points: number;
}

/** An earlier run to be held against. */
export interface EarlierRun {
  /** As the user named it. */
  readonly name: string;
  readonly results: ResultsFile;
}

export interface GateRules {
  readonly least: readonly LeastScore[];
  readonly earlier: EarlierRun | null;
  /** What the gates are about; the baseline is not, unless a gate names it. */
  readonly models: readonly string[];
  /** `atsa/rest14`. */
  readonly datasets: readonly string[];
}

/** One outcome for each gate and model that it is about. */
export function judgeGates(results: ResultsFile, rules: GateRules): GateOutcome[] {
  const { least, earlier, models, datasets } = rules;
  const outcomes = least.flatMap((gate) =>
    (gate.model === null ? models : [gate.model]).map((model) => judgeLeast(results, gate, model)),
  );
  if (earlier === null) return outcomes;
  const pairs = models.flatMap((model) => datasets.map((dataset) => ({ model, dataset })));
  return [...outcomes, ...pairs.map((pair) => judgeAgainst(results, earlier, pair))];
}

/** `atsa/rest14=65`, as `--fail-under` takes it. */
export function nameGate({ model, task, dataset, subset, points }: LeastScore): string {
  return `${model === null ? '' : `${model}:`}${task}/${dataset}${subset === 'all' ? '' : `/${subset}`}=${points}`;
}

/** The model of an earlier run that one is held against: of the same name, or the only one there is. */
export function counterpartOf(model: string, earlier: ResultsFile): string | null {
  const models = modelsOf(earlier);
  if (models.includes(model)) return model;
  const [only] = models;
  return models.length === 1 && only !== undefined ? only : null;
}

/** F1 of 0.57 is 56.99999999999999 points to a computer: what the last bits of sums say, in points, fails nobody. */
const ROUNDING = 1e-9;

type Judged = Omit<GateOutcome, 'gate' | 'model' | 'dataset'>;

function judgeLeast(results: ResultsFile, gate: LeastScore, model: string): GateOutcome {
  const { subset, points } = gate;
  const dataset = `${gate.task}/${gate.dataset}`;
  const facts = { gate: `fail-under ${nameGate(gate)}`, model, dataset };
  const { scores, missing } = scoresOf(results, { model, dataset }, subset);
  const gap = gapIn(scores, missing);
  if (gap !== null) return { ...facts, passed: false, message: gap };
  const values = [...scores.values()];
  const mean = aggregate(values)?.mean ?? 0;
  const passed = mean >= points - ROUNDING;
  const verdict = passed ? 'at least' : 'under';
  // A mean just under the figure would read as the figure itself.
  const shown = formatPoints(mean) === formatPoints(points) && !passed ? String(mean) : formatPoints(mean);
  const message = `F1 ${shown} is ${verdict} ${formatPoints(points)}; ${chance(meanInterval(values), points, values.length)}`;
  return { ...facts, passed, message };
}

/** What the spread over seeds says of a mean beside a fixed number. */
function chance(interval: MeanInterval | null, points: number, seeds: number): string {
  if (interval === null) return `${count(seeds, 'seed')}, too few for an interval.`;
  const { low, high } = interval;
  const range = `95 % interval ${formatPoints(low)} to ${formatPoints(high)} over ${count(seeds, 'seed')}`;
  const isInside = low <= points && points <= high;
  return isInside
    ? `${range}, which holds ${formatPoints(points)}: other seeds may tell otherwise.`
    : `${range}.`;
}

function judgeAgainst(
  results: ResultsFile,
  earlier: EarlierRun,
  { model, dataset }: Pick<GateOutcome, 'model' | 'dataset'>,
): GateOutcome {
  const counterpart = counterpartOf(model, earlier.results) ?? model;
  const now = scoresOf(results, { model, dataset }, 'all');
  const before = scoresOf(earlier.results, { model: counterpart, dataset }, 'all', now.share);
  return { gate: `no-worse-than ${earlier.name}`, model, dataset, ...compare(now, before) };
}

/** Worse where all of the interval of the difference is below 0; without an interval where the difference is. */
function compare(now: Scores, before: Scores): Judged {
  const gap = gapIn(now.scores, now.missing);
  if (gap !== null) return { passed: false, message: gap };
  if (before.scores.size === 0) {
    const share = !before.hasOtherShares ? '' : ` with ${formatShare(now.share)} of the training data`;
    return { passed: false, message: `That run has no figures for this dataset${share}.` };
  }
  if (now.rule !== before.rule)
    return { passed: false, message: 'That run counted in another way: its figures cannot be compared.' };
  const differences = [...now.scores].flatMap(([seed, points]) => {
    const other = before.scores.get(seed);
    return other === undefined ? [] : [points - other];
  });
  const over = aggregate(differences);
  if (over === null) return { passed: false, message: 'That run has no seed in common with this one.' };
  const { mean, n } = over;
  const interval = meanInterval(differences);
  const pairs = n === 1 ? '1 seed in common' : `${n} seeds in common`;
  const figure = `F1 ${formatDifference(mean)}`;
  if (interval === null) {
    const passed = mean >= -ROUNDING;
    return {
      passed,
      message: `${figure} over ${pairs}, too few for an interval: the plain difference decides.`,
    };
  }
  const range = `95 % interval ${formatDifference(interval.low)} to ${formatDifference(interval.high)}`;
  const passed = interval.high >= -ROUNDING;
  const verdict = passed ? 'does not show it worse' : 'is below 0 throughout';
  return { passed, message: `${figure} over ${pairs}; ${range} ${verdict}.` };
}

interface Scores {
  /** Of the training data. */
  readonly share: number;
  /** Whether there are cells of other shares, too. */
  readonly hasOtherShares: boolean;
  /** F1 in points by seed. */
  readonly scores: ReadonlyMap<number, number>;
  readonly missing: number;
  /** How predictions were counted and compared; figures of different rules do not go together. */
  readonly rule: string;
}

/** @param ofShare the largest of the training data unless said otherwise */
function scoresOf(
  { cells, missing }: ResultsFile,
  wanted: Pick<GateOutcome, 'model' | 'dataset'>,
  subset: SubsetName,
  ofShare?: number,
): Scores {
  const isWanted = ({ model, task, dataset }: Pick<CellResult, 'model' | 'task' | 'dataset'>): boolean =>
    model === wanted.model && `${task}/${dataset}` === wanted.dataset;
  const planned = [...cells, ...missing].filter(isWanted);
  const share = ofShare ?? Math.max(...planned.map(({ trainShare }) => trainShare));
  const done = cells.filter((cell) => isWanted(cell) && cell.trainShare === share);
  const scores = new Map<number, number>();
  for (const cell of done) {
    const f1 = metricsOf(cell, subset)?.f1;
    if (f1 != null) scores.set(cell.seed, f1 * 100);
  }
  const [first] = done;
  const { duplicates = '', counting = '' } = first === undefined ? {} : (metricsOf(first, subset) ?? {});
  return {
    share,
    hasOtherShares: planned.some(({ trainShare }) => trainShare !== share),
    scores,
    missing: planned.filter(({ trainShare }) => trainShare === share).length - scores.size,
    rule: `${duplicates} ${counting} ${first?.compare ?? 'exact'}`,
  };
}

/** Why there is no figure that a gate could be held to; null where there is one. */
function gapIn(scores: ReadonlyMap<number, number>, missing: number): string | null {
  if (missing > 0)
    return `${missing} of ${count(scores.size + missing, 'seed')} ${missing === 1 ? 'has' : 'have'} no figure.`;
  return scores.size === 0 ? 'There is no figure for this dataset.' : null;
}

function modelsOf({ cells, missing }: ResultsFile): string[] {
  return [...new Set([...cells, ...missing].map(({ model }) => model))];
}
