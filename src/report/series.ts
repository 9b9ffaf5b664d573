/** Which cells belong together: a series is one model measured in one way, in one or more runs. */
import { decidingSettings } from '../config/deciding.js';
import { evalSchema } from '../config/schema.js';
import type { CellResult, ResultsFile, RunFile } from '../runs/types.js';
import type { RunInput } from './input.js';

type MissingCell = ResultsFile['missing'][number];

/** Cells of a series that differ in nothing but the seed. */
export interface Group {
  /** Name of the series in the tables. */
  readonly model: string;
  readonly task: CellResult['task'];
  readonly dataset: string;
  readonly trainShare: number;
  readonly cells: readonly CellResult[];
  readonly missing: readonly MissingCell[];
}

export interface Series {
  readonly label: string;
  /** Name of the model as configured. */
  readonly model: string;
  readonly cells: readonly { readonly cell: CellResult; readonly run: RunInput }[];
  readonly missing: readonly { readonly cell: MissingCell; readonly run: RunInput }[];
}

/**
 * The series of all runs, in the order of their configurations. A model name used by several runs is one
 * series where their settings agree; otherwise each run's cells stand alone, under `name (run)`.
 */
export function gatherSeries(runs: readonly RunInput[]): Series[] {
  const runsOf = new Map<string, RunInput[]>();
  for (const run of runs) {
    for (const model of namesIn(run)) {
      const users = runsOf.get(model);
      if (users === undefined) runsOf.set(model, [run]);
      else users.push(run);
    }
  }
  return [...runsOf].flatMap(([model, users]) =>
    belongTogether(model, users)
      ? [makeSeries(model, model, users)]
      : users.map((run) => makeSeries(`${model} (${distinctName(run, users)})`, model, [run])),
  );
}

/** The groups of a series, in the order of its cells, finished ones first. */
export function groupCells(series: Series): Group[] {
  const groups = new Map<string, { cells: CellResult[]; missing: MissingCell[]; like: MissingCell }>();
  const groupOf = (cell: CellResult | MissingCell) => {
    const key = JSON.stringify([cell.task, cell.dataset, cell.trainShare]);
    let group = groups.get(key);
    if (group === undefined) {
      group = { cells: [], missing: [], like: { ...cell, reason: '' } };
      groups.set(key, group);
    }
    return group;
  };
  for (const { cell } of series.cells) groupOf(cell).cells.push(cell);
  for (const { cell } of series.missing) groupOf(cell).missing.push(cell);
  return [...groups.values()].map(({ cells, missing, like }) => ({
    model: series.label,
    task: like.task,
    dataset: like.dataset,
    trainShare: like.trainShare,
    cells: cells.sort((a, b) => a.seed - b.seed),
    missing: missing.sort((a, b) => a.seed - b.seed),
  }));
}

/** Models that have cells, finished or not, in the order of the configuration. */
function namesIn(run: RunInput): Set<string> {
  const { cells, missing } = run.results ?? { cells: [], missing: [] };
  const measured = new Set([...cells, ...missing].map((cell) => cell.model));
  const configured = Object.keys(asRecord(asRecord(run.file.config['eval'])['models']));
  return new Set([...configured.filter((name) => measured.has(name)), ...measured]);
}

/** A job in two runs is one job; done in one of them is done. */
function makeSeries(label: string, model: string, runs: readonly RunInput[]): Series {
  const cells = new Map<string, Series['cells'][number]>();
  const missing = new Map<string, Series['missing'][number]>();
  for (const run of runs) {
    for (const cell of run.results?.cells ?? []) {
      if (cell.model === model && !cells.has(cell.jobId)) cells.set(cell.jobId, { cell, run });
    }
  }
  for (const run of runs) {
    for (const cell of run.results?.missing ?? []) {
      if (cell.model === model && !cells.has(cell.jobId)) missing.set(cell.jobId, { cell, run });
    }
  }
  return { label, model, cells: [...cells.values()], missing: [...missing.values()] };
}

function belongTogether(model: string, runs: readonly RunInput[]): boolean {
  const [first, ...others] = runs;
  if (first === undefined || others.length === 0) return true;
  const settings = settingsOf(first.file, model);
  if (others.some((run) => settingsOf(run.file, model) !== settings)) return false;
  return !namesDifferentContent(runs) && !holdsRivalCells(model, runs);
}

/** What a run's config says about how this model was measured, as a comparable string. */
function settingsOf(file: RunFile, model: string): string {
  const settings = asRecord(file.config['eval']);
  const kept = Object.entries(decidingSettings(evalSchema, settings));
  kept.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([kept, asRecord(settings['models'])[model] ?? null]);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Whether two runs give one thing (a data file, the lock, a model) different hashes. */
function namesDifferentContent(runs: readonly RunInput[]): boolean {
  const known = new Map<string, string>();
  for (const run of runs) {
    for (const [what, hash] of Object.entries(run.file.hashes)) {
      if ((known.get(what) ?? hash) !== hash) return true;
      known.set(what, hash);
    }
  }
  return false;
}

/** Whether one place of the matrix holds two different jobs. */
function holdsRivalCells(model: string, runs: readonly RunInput[]): boolean {
  const jobs = new Map<string, string>();
  for (const run of runs) {
    for (const cell of [...(run.results?.cells ?? []), ...(run.results?.missing ?? [])]) {
      if (cell.model !== model) continue;
      const key = JSON.stringify([cell.task, cell.dataset, cell.trainShare, cell.seed]);
      if ((jobs.get(key) ?? cell.jobId) !== cell.jobId) return true;
      jobs.set(key, cell.jobId);
    }
  }
  return false;
}

function distinctName(run: RunInput, among: readonly RunInput[]): string {
  const namesakes = among.filter((other) => other.file.name === run.file.name);
  return namesakes.length === 1 ? run.file.name : run.folder;
}
