/** `fsa data stats`: counts of datasets and corpora, as in the paper's tables. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Task } from '../config/vocabulary.js';
import { expandCorpus } from '../data/corpus.js';
import { findDatasetFolder, readDataset } from '../data/dataset.js';
import { type CorpusStats, corpusStats, datasetStats, type PartStats } from '../data/stats.js';
import { isFsaError } from '../errors.js';

export interface DataStatsOptions {
  /** Dataset folders or names (`atsa/rest14`), and corpus files, folders or globs. */
  readonly paths: readonly string[];
  readonly task?: Task;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

export interface DataStatsResult {
  readonly datasets: readonly {
    readonly task: Task;
    readonly name: string;
    readonly folder: string;
    readonly parts: readonly PartStats[];
  }[];
  /** Over all corpus files together; null where none was named. */
  readonly corpus: CorpusStats | null;
}

/** @throws FsaError DATA where a path leads nowhere or a dataset does not read */
export async function describeData(options: DataStatsOptions): Promise<DataStatsResult> {
  const { cwd = process.cwd(), signal, task } = options;
  const datasets: DataStatsResult['datasets'][number][] = [];
  const patterns: string[] = [];
  for (const path of options.paths) {
    signal?.throwIfAborted();
    const folder = datasetFolderOf(path, cwd);
    if (folder === null) {
      patterns.push(path);
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

/** A folder with test.json or train.json is a dataset; every other path is a corpus. */
function datasetFolderOf(path: string, cwd: string): string | null {
  try {
    const folder = findDatasetFolder(path, cwd);
    const isDataset = ['train.json', 'test.json'].some((name) =>
      existsSync(join(folder, name)) ? statSync(join(folder, name)).isFile() : false,
    );
    return isDataset ? folder : null;
  } catch (error) {
    if (isFsaError(error) && /^(atsa|acsa)\//.test(path)) throw error;
    return null;
  }
}
