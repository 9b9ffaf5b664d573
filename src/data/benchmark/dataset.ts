/** A benchmark dataset: train, dev, and the test set with its subsets. */
import { existsSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { isDatasetName } from '../../tasks/registry.js';
import { HARD_FILE, type SubsetName, SUBSETS, type Task } from '../../tasks/vocabulary.js';
import { BENCHMARK_FOLDER, DATA_FOLDER } from '../../config/data-folders.js';
import { FsaError, isFsaError } from '../../errors.js';
import type { BenchmarkExample } from '../../tasks/example.js';
import { examplesOf } from './benchmark.js';
import { readDeclaration } from './declaration.js';
import { type RawFile, readRawFile } from './file.js';
import { taskOf } from './detect-task.js';

export interface Dataset {
  readonly task: Task;
  /** The labels in use: those of dataset.json, or the four usual ones. */
  readonly polarities: readonly string[];
  /** The folder's own name: `rest14`. */
  readonly name: string;
  readonly folder: string;
  readonly train: readonly BenchmarkExample[];
  readonly dev: readonly BenchmarkExample[];
  /** test.json, followed by hard_test.json where there is one. */
  readonly test: readonly BenchmarkExample[];
  /** Rows that come from test.json. */
  readonly testCount: number;
  /** SHA-256 of every file by its name. */
  readonly files: Readonly<Record<string, string>>;
}

export interface ReadDatasetOptions {
  /** Only where neither path nor content tells. */
  readonly task?: Task;
  /** Folder that relative paths and built-in names start from; the process's own by default. */
  readonly cwd?: string;
  /** Whether training sentences are needed; they are unless said otherwise. */
  readonly trained?: boolean;
}

/**
 * The dataset in a folder, or of a built-in name such as `atsa/rest14`.
 * @throws FsaError DATA
 */
export async function readDataset(path: string, options: ReadDatasetOptions = {}): Promise<Dataset> {
  const folder = findDatasetFolder(path, options.cwd ?? process.cwd());
  const [train, dev, test] = await Promise.all([
    readRawFile(requireFile(folder, 'train.json')),
    readRawFile(requireFile(folder, 'dev.json')),
    readRawFile(requireFile(folder, 'test.json')),
  ]);
  const hardPath = join(folder, HARD_FILE);
  const hard = existsSync(hardPath) ? await readRawFile(hardPath) : null;
  const { polarities, ...declared } = await readDeclaration(folder);
  const task = options.task ?? declared.task ?? taskOf(folder, train.rows.length > 0 ? train : test);
  const read = async (file: RawFile): Promise<BenchmarkExample[]> => {
    try {
      return examplesOf(file, task, polarities).examples;
    } catch (error) {
      if (isFsaError(error)) {
        // Every form of other programs is looked through: loaded where a file is of none of ours.
        const { refuseForeignFile } = await import('../importers/foreign-file.js');
        await refuseForeignFile(file.file);
      }
      throw error;
    }
  };
  const trainExamples = await read(train);
  const devExamples = await read(dev);
  const testExamples = await read(test);
  return {
    task,
    polarities,
    name: basename(folder),
    folder,
    train: options.trained === false ? trainExamples : requireExamples(train.file, trainExamples),
    dev: devExamples,
    test: hard === null ? testExamples : [...testExamples, ...(await read(hard))],
    testCount: testExamples.length,
    files: {
      ...Object.fromEntries(
        [train, dev, test, ...(hard === null ? [] : [hard])].map(({ file, sha256 }) => [
          basename(file),
          sha256,
        ]),
      ),
      ...declared.files,
    },
  };
}

/** The folder that a dataset's name or path means. @throws FsaError DATA where there is none */
export function findDatasetFolder(path: string, cwd: string): string {
  const candidates = [resolve(cwd, path)];
  if (!isAbsolute(path)) {
    candidates.push(resolve(cwd, DATA_FOLDER, path), resolve(cwd, BENCHMARK_FOLDER, path));
  }
  const found = candidates.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isDirectory());
  if (found !== undefined) return found;
  throw new FsaError('DATA', `There is no dataset folder ${path}.`, {
    where: candidates[0] ?? path,
    advice: isDatasetName(path)
      ? 'Run `fsa download benchmark` in this folder, or give the path of your own dataset folder.'
      : 'Give the path of a folder with train.json, dev.json and test.json, or a name such as atsa/rest14.',
  });
}

function requireFile(folder: string, name: string): string {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  throw new FsaError('DATA', `The dataset has no ${name}.`, {
    where: folder,
    advice:
      name === 'dev.json'
        ? 'The best epoch is chosen on dev.json: set aside some of the training sentences in a file of that name.'
        : 'A dataset folder holds train.json, dev.json and test.json, and may hold hard_test.json; `fsa data import` makes one of files in other forms.',
  });
}

function requireExamples(file: string, examples: BenchmarkExample[]): BenchmarkExample[] {
  if (examples.length > 0) return examples;
  throw new FsaError('DATA', 'The file holds no examples.', {
    where: file,
    advice: 'Training needs at least one sentence.',
  });
}

type Tested = Pick<Dataset, 'test' | 'testCount'>;

/** The subsets that test example `index` belongs to, in the order of SUBSETS. */
export function subsetsOf(dataset: Tested, index: number): SubsetName[] {
  const example = dataset.test[index];
  if (example === undefined) throw new RangeError(`there is no test example ${index}`);
  const belongs: Record<SubsetName, boolean> = {
    all: true,
    test: index < dataset.testCount,
    hard: index >= dataset.testCount,
    implicit: saysOpinions(dataset) && example.aspects.some(isImplied),
    multiple: new Set(example.aspects.map((aspect) => aspect.polarity)).size > 1,
  };
  return SUBSETS.filter((subset) => belongs[subset]);
}

/** Aspects without the key count as implied, as published, but only in a set that has it somewhere. */
function isImplied(aspect: { readonly opinionWords: readonly string[] | null }): boolean {
  return aspect.opinionWords === null || aspect.opinionWords.length === 0;
}

const opinionsSaid = new WeakMap<object, boolean>();

function saysOpinions(dataset: Tested): boolean {
  let said = opinionsSaid.get(dataset);
  if (said === undefined) {
    said = dataset.test.some((example) => example.aspects.some((aspect) => aspect.opinionWords !== null));
    opinionsSaid.set(dataset, said);
  }
  return said;
}
