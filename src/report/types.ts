/** A report as plain data: what every writer shows. Scores and differences are in points (F1 × 100). */
import type { RunFile } from '../runs/types.js';
import type { Analysis } from '../scoring/analysis/analyse.js';
import type { Cause } from '../scoring/analysis/causes.js';
import type { Frontier } from './frontier-types.js';
import type { DuplicateRule, SubsetName, Task } from '../tasks/vocabulary.js';

export interface SeedValue {
  readonly seed: number;
  readonly points: number;
}

/**
 * One score of a group of cells that differ in their seed only.
 * - `complete`: every planned seed is there; the only state that has a mean.
 * - `partial`: some planned seeds are missing, so no mean is claimed.
 * - `missing`: all planned seeds are missing.
 * - `empty`: the subset has no sentences.
 * - `nothing`: there is nothing under the figure, such as precision where nothing was predicted.
 * - `unplanned`: the model was not to be measured here.
 */
export interface Summary {
  readonly state: 'complete' | 'partial' | 'missing' | 'empty' | 'nothing' | 'unplanned';
  readonly seedsDone: number;
  readonly seedsPlanned: number;
  readonly mean: number | null;
  /** Sample standard deviation over seeds (n - 1); null where there are fewer than two. */
  readonly deviation: number | null;
  /** By seed, ascending. */
  readonly values: readonly SeedValue[];
}

/** What 95 of 100 resamples of the test sentences lie between, in points. */
export interface SampledInterval {
  readonly low: number;
  readonly high: number;
  readonly samples: number;
  /** What was drawn: single sentences, or reviews with all their sentences. */
  readonly unit: 'sentence' | 'review';
}

export interface ScoreCell extends Column {
  /** Of the mean F1; null where it or the predictions are not there. */
  readonly interval: SampledInterval | null;
  /** How the cells counted repeated pairs; null where there are no cells. */
  readonly duplicates: DuplicateRule | null;
  readonly f1: Summary;
  readonly precision: Summary;
  readonly recall: Summary;
}

export interface ScoreRow {
  readonly model: string;
  readonly trainShare: number;
  /** One per column of the table. */
  readonly cells: readonly ScoreCell[];
}

export interface Column {
  /** Of a macro column what it is a mean of, in words. */
  readonly dataset: string;
  readonly subset: SubsetName;
  /** The datasets that the column is the unweighted mean of; absent in columns of one dataset. */
  readonly over?: readonly string[];
}

/** A model against the baseline over the seeds that both have. */
export interface Difference extends Column {
  /** Why there is no difference to show; null where there is one. */
  readonly reason: string | null;
  readonly pairs: number;
  /** Mean of model minus baseline over the pairs, in points. */
  readonly meanDifference: number | null;
  /** Two-sided sign-flip test over the pairs' differences; null for a single pair. */
  readonly p: number | null;
  /** Whether every pattern of signs was tried, or a seeded sample of them. */
  readonly method: 'exact' | 'sampled' | null;
  /** The smallest p that so many pairs can give in an exact test. */
  readonly smallestP: number | null;
  /** The same p after Holm's adjustment over the table. */
  readonly pHolm: number | null;
  /** Cohen's d of the pairs: mean difference over its standard deviation. */
  readonly effectSize: number | null;
  /** Of the mean difference by resampling sentences; null where predictions are missing. */
  readonly interval: SampledInterval | null;
  /** Two-sided p of the same resamples, and after Holm's adjustment over the table. */
  readonly sentenceP: number | null;
  readonly sentencePHolm: number | null;
}

interface DifferenceRow {
  readonly model: string;
  readonly trainShare: number;
  readonly cells: readonly Difference[];
}

export interface DifferenceTable {
  readonly baseline: string;
  readonly rows: readonly DifferenceRow[];
  /** Over what Holm's adjustment was made, in words. */
  readonly family: string;
  /** Tests over seeds in this table, and tests over sentences. */
  readonly tests: number;
  readonly sentenceTests: number;
}

/** F1 on `all` over the shares of the training data. */
export interface LearningCurve {
  readonly dataset: string;
  readonly shares: readonly number[];
  readonly rows: readonly { readonly model: string; readonly points: readonly Summary[] }[];
}

/** What stands behind the scores of a group on one set; counts are sums over the seeds. */
export interface SetAnalysis {
  readonly dataset: string;
  readonly subset: SubsetName;
  readonly model: string;
  readonly trainShare: number;
  readonly seeds: number;
  /** The labels of the dataset, in its own order, such as from worst to best. */
  readonly polarities: readonly string[];
  readonly analysis: Analysis;
}

export interface TaskReport {
  readonly task: Task;
  readonly columns: readonly Column[];
  readonly rows: readonly ScoreRow[];
  /** The rules in use; more than one where models were counted differently. */
  readonly duplicates: readonly DuplicateRule[];
  /** How the cells were counted, where that is not the usual way. */
  readonly countNotes: readonly string[];
  /** null without a baseline. */
  readonly differences: DifferenceTable | null;
  /** Empty where there is one share of the training data only. */
  readonly learningCurves: readonly LearningCurve[];
  /** By dataset, set and model; without cells that an older version measured. */
  readonly analyses: readonly SetAnalysis[];
}

/** A finished cell, as a line of the table of single results. */
/** Which cell of which run. */
export interface CellKey {
  readonly jobId: string;
  readonly run: string;
  readonly model: string;
  readonly task: Task;
  readonly dataset: string;
  readonly seed: number;
  readonly trainShare: number;
}

export interface CellLine extends CellKey {
  /** `in-context` where a language model was asked. */
  readonly kind: 'fine-tuned' | 'in-context';
  readonly bestEpoch: number;
  readonly epochs: number;
  /** F1 of each subset in points; null where the subset has no sentences. */
  readonly f1: Readonly<Record<SubsetName, number | null>>;
  readonly device: string;
  readonly threads: number;
  readonly seconds: number;
}

export interface MissingLine extends CellKey {
  readonly reason: string;
}

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

export interface SeedCurve {
  readonly seed: number;
  readonly points: readonly CurvePoint[];
  readonly bestEpoch: number;
}

/** What happened while a model was fine-tuned on a dataset: by epoch, a curve per seed. */
export interface FineTuning {
  readonly task: Task;
  readonly dataset: string;
  readonly model: string;
  readonly trainShare: number;
  readonly seedsPlanned: number;
  /** Dev F1 in points. */
  readonly devF1: readonly SeedCurve[];
  /** Mean training loss of the epoch; empty where no metrics were kept. */
  readonly loss: readonly SeedCurve[];
}

/** What happened while a student was distilled: by optimizer step. Long curves are means over spans of steps. */
export interface Distillation {
  readonly run: string;
  readonly steps: number;
  readonly loss: readonly CurvePoint[];
  readonly validationLoss: readonly CurvePoint[];
  readonly learningRate: readonly CurvePoint[];
  readonly gradientNorm: readonly CurvePoint[];
  readonly tokensPerSecond: readonly CurvePoint[];
  /** Tokens seen in all. */
  readonly tokens: number;
}

/** A pair as it stands in a target or a prediction, and what the metric made of it. */
export interface MarkedPiece {
  readonly text: string;
  /** gold: `found` or `missed`; predicted: `right`, `extra`, or `malformed` where it is no pair at all. */
  readonly mark: 'found' | 'missed' | 'right' | 'extra' | 'malformed';
  /** Why, where it is wrong. */
  readonly cause?: Cause;
}

/** A test sentence that a model got wrong in the same way for these seeds. */
export interface Mistake {
  readonly model: string;
  readonly task: Task;
  readonly dataset: string;
  readonly trainShare: number;
  readonly id: string;
  readonly sentence: string;
  readonly subsets: readonly SubsetName[];
  readonly seeds: readonly number[];
  readonly gold: readonly MarkedPiece[];
  readonly predicted: readonly MarkedPiece[];
}

export interface MistakeReport {
  readonly rows: readonly Mistake[];
  /** Rows that were found but not kept. */
  readonly leftOut: number;
  /** Finished cells whose predictions were not there. */
  readonly cellsWithoutPredictions: number;
}

/** Something a reader must know before believing a number. */
export interface Notice {
  readonly kind: 'data' | 'caution';
  readonly text: string;
  /** Names of the runs it holds for. */
  readonly runs: readonly string[];
}

export interface RunLine {
  readonly name: string;
  readonly kind: RunFile['kind'];
  readonly folder: string;
  readonly createdAt: string;
  readonly fsaVersion: string;
  readonly device: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly hashes: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
  /** How to have the numbers again; null where an older version made the run. */
  readonly made: NonNullable<RunFile['made']> | null;
  /** Of all sittings together. */
  readonly wallSeconds: number | null;
  readonly cellsDone: number;
  readonly cellsPlanned: number;
}

/** What came of one gate for one model. */
export interface GateOutcome {
  /** `fail-under atsa/rest14=65`: what was asked for. */
  readonly gate: string;
  readonly model: string;
  readonly dataset: string;
  readonly passed: boolean;
  /** The figures and how they were judged. */
  readonly message: string;
}

export interface Report {
  readonly schema: 1;
  readonly title: string;
  readonly createdAt: string | null;
  readonly runs: readonly RunLine[];
  readonly notices: readonly Notice[];
  readonly tasks: readonly TaskReport[];
  readonly cells: readonly CellLine[];
  readonly missing: readonly MissingLine[];
  readonly fineTuning: readonly FineTuning[];
  readonly distillations: readonly Distillation[];
  readonly mistakes: MistakeReport;
  /** What quality costs, by dataset; empty where no two models say what they took. */
  readonly frontiers: readonly Frontier[];
  /** Empty where the runs were held to no gate. */
  readonly gates: readonly GateOutcome[];
}
