/** `fsa data stats`: counts of datasets and corpora, as in the paper's tables. */
import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Task, TASKS } from '../config/vocabulary.js';
import { examplesOf } from '../data/benchmark.js';
import { readRawFile } from '../data/benchmark-file.js';
import { expandCorpus } from '../data/corpus.js';
import { findDatasetFolder, readDataset } from '../data/dataset.js';
import { recognise } from '../data/recognise.js';
import { type CorpusStats, corpusStats, datasetStats, fileStats, type PartStats } from '../data/stats.js';
import { taskOf } from '../data/task.js';
import { isFsaError } from '../errors.js';
import { requireWord } from './require-word.js';

export interface DataStatsOptions {
  /** Dataset folders or names (`atsa/rest14`), benchmark files, and corpus files, folders or globs. */
  readonly paths: readonly string[];
  readonly task?: Task;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

export interface DataStatsResult {
  readonly datasets: readonly {
    readonly task: Task;
    readonly name: string;
    /** Or the file, where one was named. */
    readonly folder: string;
    readonly parts: readonly PartStats[];
  }[];
  /** Over all corpus files together; null where none was named. */
  readonly corpus: CorpusStats | null;
}

/** @throws FsaError DATA where a path leads nowhere or a dataset does not read */
export async function describeData(options: DataStatsOptions): Promise<DataStatsResult> {
  const { cwd = process.cwd(), signal, task } = options;
  if (task !== undefined) requireWord('task', task, TASKS);
  const datasets: DataStatsResult['datasets'][number][] = [];
  const patterns: string[] = [];
  for (const path of options.paths) {
    signal?.throwIfAborted();
    const folder = datasetFolderOf(path, cwd);
    if (folder === null) {
      const file = await describeFile(resolve(cwd, path), task, signal);
      if (file === null) patterns.push(path);
      else datasets.push(file);
      continue;
    }
    const dataset = await readDataset(folder, { cwd, ...(task === undefined ? {} : { task }) });
    const { name } = dataset;
    datasets.push({ task: dataset.task, name, folder: dataset.folder, parts: datasetStats(dataset) });
  }
  const needsCorpus = patterns.length > 0 || datasets.length === 0;
  const corpus = needsCorpus ? await corpusStats(await expandCorpus(patterns, cwd), { signal }) : null;
  return { datasets, corpus };
}

/** A single benchmark file; null where the path is something else. */
async function describeFile(
  path: string,
  task: Task | undefined,
  signal: AbortSignal | undefined,
): Promise<DataStatsResult['datasets'][number] | null> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return null;
  if ((await recognise(path, signal)).kind !== 'benchmark') return null;
  const raw = await readRawFile(path);
  const known = task ?? taskOf(path, raw);
  const { examples } = examplesOf(raw, known);
  return { task: known, name: basename(path), folder: path, parts: [fileStats(examples, known)] };
}

/** A folder with test.json or train.json is a dataset; every other path is a corpus. */
function datasetFolderOf(path: string, cwd: string): string | null {
  try {
    const folder = findDatasetFolder(path, cwd);
    const isDataset = ['train.json', 'test.json'].some((name) =>
      existsSync(join(folder, name)) ? statSync(join(folder, name)).isFile() : false,
    );
    return isDataset ? folder : null;
  } catch (error) {
    if (isFsaError(error) && /^(atsa|acsa)\/[\w-]+$/.test(path)) throw error;
    return null;
  }
}
