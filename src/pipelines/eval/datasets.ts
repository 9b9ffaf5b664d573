/** The benchmark side of an eval: datasets as read, and as the rows that workers and scores need. */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SubsetName, Task, TargetOrder } from '../../tasks/vocabulary.js';
import type { BenchmarkExample } from '../../tasks/example.js';
import { readDataset, subsetsOf, type Dataset } from '../../data/benchmark/dataset.js';
import { writePairs } from '../../data/pairs/write-pairs.js';
import { drawShare } from '../../data/benchmark/sampling.js';
import { taskNamed } from '../../tasks/registry.js';
import type { Tuple } from '../../tasks/task.js';
import { FsaError } from '../../errors.js';
import { hashBytes } from '../../storage/digest.js';
import type { PairsFile } from '../../rpc/messages.js';
import type { Work } from '../run/run-handle.js';
import { makeFolder } from '../../storage/make-folder.js';

/** One sentence with its gold target in the form that models write. */
export interface GoldRow {
  readonly id: string;
  readonly review?: string | undefined;
  readonly sentence: string;
  readonly gold: string;
  readonly goldTuples: readonly Tuple[];
  readonly subsets: readonly SubsetName[];
}

/** A dataset ready for cells. */
export interface EvalDataset {
  readonly task: Task;
  readonly polarities: readonly string[];
  readonly name: string;
  readonly label: string;
  readonly train: readonly GoldRow[];
  readonly dev: readonly GoldRow[];
  readonly test: readonly GoldRow[];
  /** SHA-256 of each source file by its name. */
  readonly files: Readonly<Record<string, string>>;
}

interface ReadingOptions {
  readonly targetOrder: TargetOrder;
  readonly epochs: number;
  /** Of files that annotate more than one task. */
  readonly task?: Task | undefined;
}

/**
 * Reads datasets, folders and single annotated files; two with one task and name could not be told apart in a table and are refused.
 * @throws FsaError DATA, CONFIG
 */
export async function readEvalDatasets(
  specs: readonly string[],
  { targetOrder, epochs, task }: ReadingOptions,
  cwd: string,
  work: Pick<Work, 'emit' | 'signal'> = { emit: () => undefined, signal: new AbortController().signal },
): Promise<EvalDataset[]> {
  const datasets: EvalDataset[] = [];
  for (const spec of specs) {
    const path = resolve(cwd, spec);
    const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
    const dataset = isFile
      ? await (await import('./dataset-file.js')).readDatasetFile(path, { task, epochs, ...work })
      : await readDataset(spec, { cwd });
    const label = `${dataset.task}/${dataset.name}`;
    const twin = datasets.findIndex((other) => other.label === label);
    if (twin >= 0) {
      throw new FsaError('CONFIG', `Two datasets are called ${label}: ${String(specs[twin])} and ${spec}.`, {
        advice: 'Rename one of the folders, or measure them in two runs.',
      });
    }
    const read = toEvalDataset(dataset, label, targetOrder);
    requireGold(read, 'test', isFile ? path : dataset.folder);
    if (epochs > 0) requireGold(read, 'dev', isFile ? path : dataset.folder);
    datasets.push(read);
  }
  return datasets;
}

/** A dataset with its gold in both forms. */
export function toEvalDataset(dataset: Dataset, label: string, order: TargetOrder): EvalDataset {
  const { goldTuples, targetText } = taskNamed(dataset.task);
  const toRow = (example: BenchmarkExample, subsets: readonly SubsetName[]): GoldRow => ({
    id: example.id,
    review: example.review,
    sentence: example.sentence,
    gold: targetText(example, order),
    goldTuples: goldTuples(example),
    subsets,
  });
  return {
    task: dataset.task,
    polarities: dataset.polarities,
    name: dataset.name,
    label,
    train: dataset.train.map((example) => toRow(example, [])),
    dev: dataset.dev.map((example) => toRow(example, [])),
    test: dataset.test.map((example, index) => toRow(example, subsetsOf(dataset, index))),
    files: dataset.files,
  };
}

/** A figure over nothing would say nothing. @throws FsaError DATA */
function requireGold(dataset: EvalDataset, split: 'dev' | 'test', folder: string): void {
  const rows = dataset[split];
  if (rows.some(({ goldTuples }) => goldTuples.length > 0)) return;
  const lack = rows.length === 0 ? 'no sentences' : `no gold tuples in its ${rows.length} sentences`;
  throw new FsaError('DATA', `${split}.json has ${lack}, so nothing can be measured on it.`, {
    where: join(folder, `${split}.json`),
    advice:
      split === 'dev'
        ? 'The best epoch is chosen on dev.json: set aside some of the annotated training sentences there.'
        : 'Put annotated test sentences there.',
  });
}

/** Writes rows as the Arrow files that workers map, each content once. */
export class PairsWriter {
  readonly #written = new Map<string, Promise<PairsFile>>();

  constructor(private readonly folder: string) {}

  /** The whole of a split. */
  async split(
    dataset: EvalDataset,
    split: 'train' | 'dev' | 'test',
    signal: AbortSignal,
  ): Promise<PairsFile> {
    return await this.#once(`${dataset.task}-${dataset.name}-${split}`, dataset[split], signal);
  }

  /** A seeded share of the training data. */
  async trainShare(
    dataset: EvalDataset,
    share: number,
    seed: number,
    signal: AbortSignal,
  ): Promise<PairsFile> {
    if (share === 1) return await this.split(dataset, 'train', signal);
    const drawn = drawShare(dataset.train.length, share, seed).map(
      (index) => dataset.train[index] as GoldRow,
    );
    return await this.#once(`${dataset.task}-${dataset.name}-train-${share}-seed${seed}`, drawn, signal);
  }

  async #once(name: string, rows: readonly GoldRow[], signal: AbortSignal): Promise<PairsFile> {
    const known = this.#written.get(name);
    if (known !== undefined) return await known;
    const writing = (async () => {
      await makeFolder(this.folder);
      const pairs = rows.map(({ id, sentence, gold }) => ({ id, source: sentence, target: gold }));
      return await writePairs(join(this.folder, fileNameOf(name)), pairs, { signal });
    })();
    this.#written.set(name, writing);
    return await writing;
  }
}

/** Distinct names never meet in one file: what stands for people may be alike, the digest is not. */
function fileNameOf(name: string): string {
  return `${name.replace(/[^\w.-]/g, '_').slice(0, 80)}-${hashBytes(name).slice(0, 12)}.arrow`;
}
