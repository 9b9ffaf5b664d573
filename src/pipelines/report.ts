/** `fsa report`: run folders read, checked and laid out in any of the formats. */
import { basename, join, relative, resolve } from 'node:path';
import { FsaError } from '../errors.js';
import { buildReport } from '../report/build.js';
import { toCsv } from '../report/csv.js';
import { toHtml } from '../report/html.js';
import type { ReportOptions as BuildOptions, RunInput } from '../report/input.js';
import { toJson } from '../report/json.js';
import { toJunit } from '../report/junit.js';
import { toLatex } from '../report/latex.js';
import { toMarkdown } from '../report/markdown.js';
import { toTerminal, type TerminalOptions } from '../report/terminal.js';
import type { Report } from '../report/types.js';
import { readWallSeconds } from '../runs/journal.js';
import { readMetrics } from '../runs/metrics-log.js';
import { findDamage, readJobState } from '../runs/job-states.js';
import { readResults, readRunFile } from '../runs/run-folder.js';
import type { ResultsFile } from '../runs/types.js';
import { writeFileAtomic } from '../storage/atomic-write.js';
import type { Work } from './run/run-handle.js';
import { WrongPredictions } from '../report/wrong-predictions.js';
import { isThere } from '../storage/is-there.js';
import { makeFolder } from '../storage/make-folder.js';

/** Writers by format, with the name of the file each makes. */
const WRITERS = {
  html: { file: 'report.html', write: toHtml },
  md: { file: 'report.md', write: toMarkdown },
  latex: { file: 'report.tex', write: toLatex },
  csv: { file: 'report.csv', write: toCsv },
  json: { file: 'report.json', write: toJson },
  junit: { file: 'report.junit.xml', write: toJunit },
} as const;

export type ReportFormat = keyof typeof WRITERS;

export interface ReportOptions extends BuildOptions {
  /** Run folders; one or more. */
  readonly runs: readonly string[];
  /** Files to write; none gives the report alone. */
  readonly formats?: readonly ReportFormat[];
  /** Folder for the files; the folder of the first run unless said otherwise. */
  readonly output?: string;
  readonly cwd?: string;
}

export interface ReportResult {
  readonly report: Report;
  /** Paths of the files written, in the order of the formats. */
  readonly files: readonly string[];
  /** The tables for a terminal. */
  readonly toTerminal: (options: TerminalOptions) => string;
}

/**
 * Makes a report from runs, finished or not.
 * @throws FsaError RUN_FOLDER where a folder is no run or holds a damaged file
 */
export async function report(
  options: ReportOptions,
  { signal }: Pick<Work, 'signal'>,
): Promise<ReportResult> {
  const cwd = options.cwd ?? process.cwd();
  if (options.runs.length === 0 || options.runs.some((run) => typeof (run as unknown) !== 'string'))
    throw new FsaError('USAGE', 'No run is named.', {
      advice: 'Name one or more run folders, each by its path.',
    });
  const runs: RunInput[] = [];
  const wrong = new WrongPredictions();
  for (const run of options.runs) {
    signal.throwIfAborted();
    runs.push(await readRun(resolve(cwd, run), cwd, wrong));
  }
  const { runs: _runs, formats = [], output, cwd: _cwd, ...build } = options;
  const built = buildReport({ runs }, { createdAt: new Date().toISOString(), ...baselineOf(runs), ...build });
  const folder = resolve(cwd, output ?? (options.runs[0] as string));
  const files: string[] = [];
  if (formats.length > 0) await makeFolder(folder);
  for (const format of formats) {
    const { file, write } = WRITERS[format];
    const path = join(folder, file);
    await writeFileAtomic(path, await write(built));
    files.push(path);
  }
  return { report: built, files, toTerminal: (how) => toTerminal(built, how) };
}

/** The comparison that the runs were made for, where they agree and the caller names no other. */
function baselineOf(runs: readonly RunInput[]): Pick<BuildOptions, 'baseline'> {
  const named = new Set(runs.map(({ file }) => file.report?.baseline ?? null));
  const [baseline] = named;
  return named.size === 1 && baseline !== null && baseline !== undefined ? { baseline } : {};
}

async function readRun(folder: string, cwd: string, wrong: WrongPredictions): Promise<RunInput> {
  const file = await readRunFile(folder);
  if (file === null) {
    throw new FsaError('RUN_FOLDER', `${basename(folder)} is no run folder: it has no run.json.`, {
      where: folder,
      advice: (await isThere(folder))
        ? 'Name a folder that fsa distill or fsa eval wrote.'
        : 'There is no such folder: check the path.',
    });
  }
  if (file.kind === 'teach' || file.kind === 'zeroshot') {
    const [what, page] = file.kind === 'teach' ? ['a corpus', 'README.md'] : ['judgements', 'zeroshot.json'];
    throw new FsaError('RUN_FOLDER', `${basename(folder)} holds ${what}, with no cells to report.`, {
      where: folder,
      advice: `Read its ${page}, or name a folder that fsa distill, fsa eval or fsa baseline wrote.`,
    });
  }
  const results = await readResults(folder);
  const gone = await findGone(folder, results);
  const read = await forEachCell(results, async (jobId, cell) => {
    const { task, polarities, subsets } = cell;
    const rules = { task, polarities, duplicates: subsets.all?.duplicates };
    return await wrong.read(join(folder, 'jobs', jobId, 'predictions.jsonl'), rules);
  });
  return {
    file: gone === null ? file : { ...file, notes: [...file.notes, gone] },
    folder: relative(cwd, folder) || '.',
    results,
    cellMetrics: await forEachCell(
      results,
      async (jobId) => await readMetrics(join(folder, 'jobs', jobId, 'metrics.jsonl')),
    ),
    predictions: new Map([...read].map(([jobId, { wrong }]) => [jobId, wrong])),
    sentences: new Map([...read].map(([jobId, { sentences }]) => [jobId, sentences])),
    wallSeconds: await readWallSeconds(join(folder, 'journal.ndjson')),
    distillMetrics: file.kind === 'distill' ? await readMetrics(join(folder, 'metrics.jsonl')) : [],
  };
}

/**
 * What the report can say of predictions that are gone; null where all are there.
 * @throws FsaError RUN_FOLDER where some are not what the run wrote: their mistakes would be counted wrong
 */
async function findGone(folder: string, results: ResultsFile | null): Promise<string | null> {
  let gone = 0;
  const changed: string[] = [];
  for (const { jobId } of results?.cells ?? []) {
    const state = await readJobState(folder, jobId);
    for (const name of state === null ? [] : await findDamage(folder, state)) {
      if (await isThere(join(folder, name))) changed.push(name);
      else gone += 1;
    }
  }
  if (changed.length > 0) {
    throw new FsaError('RUN_FOLDER', 'Files of the run are not what it wrote: damaged or edited.', {
      where: folder,
      problems: changed,
      advice: 'Run the same `fsa eval` command again: it measures these cells again, and no other.',
    });
  }
  if (gone === 0) return null;
  return `${gone === 1 ? 'A file of predictions is' : `${gone} files of predictions are`} gone: the mistakes in them are not shown.`;
}

type Cell = ResultsFile['cells'][number];

async function forEachCell<T>(
  results: ResultsFile | null,
  read: (jobId: string, cell: Cell) => Promise<T | null>,
): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  for (const cell of results?.cells ?? []) {
    const value = await read(cell.jobId, cell);
    if (value !== null) found.set(cell.jobId, value);
  }
  return found;
}
