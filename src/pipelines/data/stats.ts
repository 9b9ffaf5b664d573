/** `fsa data stats`: counts of datasets and corpora, as in the paper's tables. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Task, TASKS } from '../../tasks/vocabulary.js';
import { isDatasetName } from '../../tasks/registry.js';
import { type Dataset, findDatasetFolder, readDataset } from '../../data/benchmark/dataset.js';
import { detectKind, isParquet } from '../../data/check/detect-kind.js';
import { corpusStats, datasetStats, fileStats } from '../../data/check/stats.js';
import { FsaError, isFsaError } from '../../errors.js';
import { writeFileAtomic } from '../../storage/atomic-write.js';
import { readAnnotatedFile } from '../sources/annotated-file.js';
import { findCorpus } from '../sources/corpus.js';
import { measureDatasets } from './dataset-reach.js';
import { countTokens, type TokenStats } from './count-tokens.js';
import type { DataStatsResult } from './stats-result.js';
import { PRESETS } from '../../config/presets.js';
import { requireChoice } from '../../config/require-choice.js';
import { readingEvents } from '../run/data-progress.js';
import type { Work } from '../run/run-handle.js';
import { makeFolder } from '../../storage/make-folder.js';

export interface DataStatsOptions {
  /** Dataset folders or names (`atsa/rest14`), annotated files of any form that `fsa data import` reads, and corpus files, folders or globs. */
  readonly paths: readonly string[];
  readonly task?: Task;
  /** Counts the tokens of datasets and corpora under the tokenizer of this model: hub id, folder or run. Needs Python. */
  readonly model?: string;
  /** Where inputs are cut; as in the preset `paper` of distillation (reviews) and fine-tuning (sentences) where left out. */
  readonly maxInputTokens?: number;
  /** Where targets are cut; as in the preset `paper` of distillation (answers) and fine-tuning (tuples) where left out. */
  readonly maxTargetTokens?: number;
  /** Also writes a page with charts here. */
  readonly html?: string;
  readonly cwd?: string;
}

/** @throws FsaError DATA where a path leads nowhere or a dataset does not read */
export async function describeData(options: DataStatsOptions, work: Work): Promise<DataStatsResult> {
  const { cwd = process.cwd(), task } = options;
  const { signal } = work;
  if (task !== undefined) requireChoice('task', task, TASKS);
  const datasets: DataStatsResult['datasets'][number][] = [];
  const whole = new Map<number, Dataset>();
  const patterns: string[] = [];
  for (const path of options.paths) {
    signal.throwIfAborted();
    const folder = datasetFolderOf(path, cwd);
    if (folder === null) {
      const file = await describeFile(resolve(cwd, path), task, work);
      if (file === null) patterns.push(path);
      else datasets.push(file);
      continue;
    }
    const dataset = await readDataset(folder, { cwd, ...(task === undefined ? {} : { task }) });
    const { name } = dataset;
    whole.set(datasets.length, dataset);
    const parts = datasetStats(dataset);
    datasets.push({ task: dataset.task, name, folder: dataset.folder, parts, reach: null });
  }
  const onProgress = readingEvents('counting the corpus', work.emit);
  const needsCorpus = patterns.length > 0 || datasets.length === 0;
  const files = needsCorpus ? await findCorpus(patterns, cwd) : [];
  const corpus = needsCorpus ? await corpusStats(files, { signal, onProgress }) : null;
  if (options.model !== undefined && whole.size > 0) {
    const limits = { ...options, model: options.model };
    const reached = await measureDatasets([...whole.values()], limits, { cwd, ...work });
    for (const [place, index] of [...whole.keys()].entries()) {
      const described = datasets[index];
      if (described !== undefined) datasets[index] = { ...described, reach: reached[place] ?? null };
    }
  }
  const tokens = await countTokensIfAsked(files, whole.size > 0, options, { cwd, ...work });
  const htmlFile = options.html === undefined ? null : resolve(cwd, options.html);
  const result = { datasets, corpus, tokens, htmlFile };
  if (htmlFile !== null) {
    const { toStatsPage } = await import('./stats-page.js');
    await makeFolder(dirname(htmlFile));
    await writeFileAtomic(htmlFile, await toStatsPage(result));
  }
  return result;
}

async function countTokensIfAsked(
  files: readonly string[],
  countedDatasets: boolean,
  options: DataStatsOptions,
  context: Work & { readonly cwd: string },
): Promise<TokenStats | null> {
  const { distill } = PRESETS.paper;
  const {
    model,
    maxInputTokens = distill.maxInputTokens,
    maxTargetTokens = distill.maxTargetTokens,
  } = options;
  if (model === undefined) {
    if (options.maxInputTokens === undefined && options.maxTargetTokens === undefined) return null;
    throw new FsaError('USAGE', 'Where tokens are cut is told by counting them, which needs a tokenizer.', {
      advice: 'Name its model (--model), or leave the limits out.',
    });
  }
  if (files.length === 0 && countedDatasets) return null;
  if (files.length === 0) {
    throw new FsaError('USAGE', 'Tokens are counted in datasets and corpora, and none was named.', {
      advice: 'Name a dataset folder or corpus files, or leave the model out.',
    });
  }
  return await countTokens(files, { model, maxInputTokens, maxTargetTokens }, context);
}

/** A single annotated file; null where the path is something else. @throws FsaError DATA where nobody can read it */
async function describeFile(
  path: string,
  task: Task | undefined,
  work: Work,
): Promise<DataStatsResult['datasets'][number] | null> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return null;
  if (await isCorpus(path, work.signal)) return null;
  const { task: known, examples } = await readAnnotatedFile(path, { ...work, task });
  return {
    task: known,
    name: basename(path),
    folder: path,
    parts: [fileStats(examples, known)],
    reach: null,
  };
}

/** Every table of Parquet is one, though its columns be called otherwise. */
async function isCorpus(path: string, signal: AbortSignal): Promise<boolean> {
  return (await isParquet(path)) || (await detectKind(path, signal)).kind === 'corpus';
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
    if (isFsaError(error) && isDatasetName(path)) throw error;
    return null;
  }
}
