/** One annotated file: in the benchmark's own form, or in any other that `fsa data import` reads. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { examplesOf } from '../../data/benchmark/benchmark.js';
import { type Dataset, readDataset } from '../../data/benchmark/dataset.js';
import { readDeclaration } from '../../data/benchmark/declaration.js';
import { taskOf } from '../../data/benchmark/detect-task.js';
import { readRawFile } from '../../data/benchmark/file.js';
import { isForeignFile } from '../../data/importers/foreign-file.js';
import { type Part, PARTS } from '../../data/importers/parts.js';
import { FsaError } from '../../errors.js';
import type { BenchmarkExample } from '../../tasks/example.js';
import type { Task } from '../../tasks/vocabulary.js';
import { type DataImportOptions, type DataImportResult, importData } from '../data/import.js';
import { missingPartsWarning } from '../data/import-warnings.js';
import type { Work } from '../run/run-handle.js';

export interface AnnotatedFile {
  readonly task: Task;
  /** The labels in use: those of the dataset.json beside it, or the four usual ones. */
  readonly polarities: readonly string[];
  readonly examples: readonly BenchmarkExample[];
}

export type ReadAnnotatedOptions = Pick<Work, 'emit' | 'signal'> & {
  /** Absent goes by the dataset.json beside the file, and by what is annotated. */
  readonly task?: Task | undefined;
  /** The labels in use; absent goes by the dataset.json beside the file. */
  readonly polarities?: readonly string[];
};

/**
 * Every sentence of a file, in its order.
 * @throws FsaError DATA where the file has no form that is read, or some of its rows are not as they should be
 */
export async function readAnnotatedFile(
  path: string,
  { emit, signal, ...options }: ReadAnnotatedOptions,
): Promise<AnnotatedFile> {
  const declared = await readDeclaration(dirname(path));
  const { task = declared.task ?? undefined, polarities = declared.polarities } = options;
  if (!(await isForeignFile(path, signal))) {
    const raw = await readRawFile(path);
    const known = task ?? taskOf(path, raw);
    return { task: known, polarities, examples: examplesOf(raw, known, polarities).examples };
  }
  const wanted = { test: [path], devShare: 0, testShare: 0, polarities };
  const imported = await readImported(path, wanted, { task, trained: false, emit, signal });
  return { task: imported.task, polarities, examples: imported.test };
}

/**
 * The dataset that an import of the file makes, where nothing has to be looked at first.
 * @param wanted where its rows belong
 * @throws FsaError DATA
 */
export async function readImported(
  path: string,
  wanted: Omit<DataImportOptions, 'task' | 'output'>,
  { task, trained, emit, signal }: ReadAnnotatedOptions & { readonly trained: boolean },
): Promise<Dataset> {
  const folder = await mkdtemp(join(tmpdir(), 'fsa-import-'));
  try {
    // The folder's name is the dataset's.
    const name = basename(path).replace(/(\.(gz|zst))$/, '');
    const output = join(folder, basename(name, extname(name)) || 'dataset');
    const options = { ...wanted, ...(task === undefined ? {} : { task }), output };
    const imported = await importData(options, { emit, signal });
    refuseUnclear(path, imported);
    const unasked = missingPartsWarning(imported.parts);
    for (const message of imported.warnings) {
      if (message !== unasked) emit({ type: 'warning', message, where: path });
    }
    await fillMissing(output, imported.parts);
    return await readDataset(output, { trained });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a person would have to look at first is not decided here. */
function refuseUnclear(path: string, { rejectedCount, rejected }: DataImportResult): void {
  if (rejectedCount === 0) return;
  throw new FsaError('DATA', `${rejectedCount} rows of the file are not as they should be.`, {
    where: path,
    problems: rejected.slice(0, 10).map(({ file, line, reason }) => `${file}:${line}: ${reason}`),
    advice: 'Import it with `fsa data import`, which keeps them in rejects.jsonl, and name the folder.',
  });
}

/** Parts without sentences are empty lists. */
async function fillMissing(folder: string, parts: Readonly<Partial<Record<Part, unknown>>>): Promise<void> {
  for (const part of PARTS) {
    if (parts[part] === undefined) await writeFile(join(folder, `${part}.json`), '[]\n', { flag: 'wx' });
  }
}
