/** From runs as read to a report: pure, the same bytes for the same runs. */
import { FsaError } from '../errors.js';
import { SUBSETS, type SubsetName } from '../tasks/vocabulary.js';
import { gatherDistillations, gatherFineTuning } from './curves.js';
import { count, listWords } from './format.js';
import { gatherFrontiers } from './frontier.js';
import type { ReportInput, ReportOptions, RunInput } from './input.js';
import { gatherMistakes } from './mistakes.js';
import { gatherNotices } from './notices.js';
import { metricsOf } from './summarize.js';
import type { CellResult } from '../runs/types.js';
import { gatherSeries, groupCells, type Series } from './series.js';
import { makeTaskReports } from './tables.js';
import type { CellKey, CellLine, MissingLine, Report, RunLine } from './types.js';

const DEFAULT_MAX_MISTAKES = 100_000;
const USUAL_BASELINES = ['base', 'baseline'];

/**
 * Everything a report shows, from any number of runs.
 * @throws FsaError USAGE where the named baseline is not among the models, or is ambiguous
 */
export function buildReport(input: ReportInput, options: ReportOptions = {}): Report {
  const { runs } = input;
  const series = gatherSeries(runs);
  const groups = series.flatMap(groupCells);
  const cells = series.flatMap(listCells);
  const missing = series.flatMap(listMissing);
  const tasks = makeTaskReports(
    groups,
    chooseBaseline(series, options.baseline),
    new Map(runs.flatMap((run) => [...run.sentences])),
  );
  return {
    schema: 1,
    title: options.title ?? titleOf(runs),
    createdAt: options.createdAt ?? null,
    runs: runs.map(describeRun),
    notices: gatherNotices(runs, series, cells, missing),
    tasks,
    cells,
    missing,
    fineTuning: gatherFineTuning(series),
    distillations: gatherDistillations(runs),
    mistakes: gatherMistakes(series, options.maxMistakes ?? DEFAULT_MAX_MISTAKES),
    frontiers: gatherFrontiers(groups, tasks, options.hardwarePricePerHour ?? null),
    gates: options.gates ?? [],
  };
}

/** The model that others are usually compared with, by its name. */
export function usualBaseline(models: readonly string[]): string | undefined {
  return models.find((model) => USUAL_BASELINES.includes(model));
}

/** The label of the series that the others are compared with. */
function chooseBaseline(series: readonly Series[], wanted: string | null | undefined): string | null {
  if (wanted === null) return null;
  const labels = series.map((one) => one.label);
  if (wanted === undefined) {
    return labels.length > 1 ? (usualBaseline(labels) ?? null) : null;
  }
  if (labels.includes(wanted)) return wanted;
  const named = series.filter((one) => one.model === wanted).map((one) => one.label);
  if (named.length > 0) {
    throw new FsaError(
      'USAGE',
      `The baseline "${wanted}" was measured differently in ${count(named.length, 'run')}.`,
      { advice: `Name one of ${listWords(named.map((name) => `"${name}"`))}.` },
    );
  }
  throw new FsaError('USAGE', `No model of these runs is called "${wanted}".`, {
    advice:
      labels.length === 0
        ? 'These runs have no measured models: leave the baseline out.'
        : `Name one of ${listWords(labels.map((name) => `"${name}"`))}, or leave the baseline out.`,
  });
}

function titleOf(runs: readonly RunInput[]): string {
  const names = runs.map((run) => run.file.name);
  return names.length <= 3 ? listWords(names) : count(names.length, 'run');
}

function describeRun({ file, folder, results, wallSeconds }: RunInput): RunLine {
  const { name, kind, createdAt, fsaVersion, device, config, hashes, versions } = file;
  const cellsDone = results?.cells.length ?? 0;
  const cellsPlanned = cellsDone + (results?.missing.length ?? 0);
  return {
    name,
    kind,
    folder,
    createdAt,
    fsaVersion,
    device,
    config,
    hashes,
    versions,
    made: file.made ?? null,
    wallSeconds,
    cellsDone,
    cellsPlanned,
  };
}

function listCells(series: Series): CellLine[] {
  return series.cells.map(({ cell, run }) => ({
    ...keyOf(cell, run.file.name, series.label),
    kind: cell.kind ?? 'fine-tuned',
    bestEpoch: cell.bestEpoch,
    epochs: cell.devF1.length,
    f1: scoresOf(cell),
    device: cell.device,
    threads: cell.threads,
    seconds: cell.seconds,
  }));
}

function keyOf(cell: Omit<CellKey, 'run'>, run: string, model: string): CellKey {
  const { jobId, task, dataset, seed, trainShare } = cell;
  return { jobId, run, model, task, dataset, seed, trainShare };
}

function scoresOf(cell: CellResult): CellLine['f1'] {
  const points = SUBSETS.map((subset) => {
    const metrics = metricsOf(cell, subset);
    return [subset, metrics?.f1 == null ? null : metrics.f1 * 100] as const;
  });
  return Object.fromEntries(points) as Record<SubsetName, number | null>;
}

function listMissing(series: Series): MissingLine[] {
  return series.missing.map(({ cell, run }) => ({
    ...keyOf(cell, run.file.name, series.label),
    reason: cell.reason,
  }));
}
