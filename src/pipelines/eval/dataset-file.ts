/** A dataset that is named by one annotated file: imported on the way, where nothing has to be guessed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { readDataset, type Dataset } from '../../data/benchmark/dataset.js';
import { type Part, partOfName, PARTS } from '../../data/importers/parts.js';
import { FsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import type { Task } from '../../tasks/vocabulary.js';
import { type DataImportOptions, type DataImportResult, importData } from '../data/import.js';

export interface DatasetFileOptions {
  /** Absent goes by what is annotated. */
  readonly task?: Task | undefined;
  /** With no epochs the test sentences are enough. */
  readonly epochs: number;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** What a file that says which part it is leaves open. */
const LACKING: Readonly<Record<Part, string>> = {
  train: 'holds training sentences: dev and test sentences are missing',
  dev: 'holds dev sentences: training and test sentences are missing',
  test: 'holds test sentences: training and dev sentences are missing, which fine-tuning needs',
};

/**
 * A file whose name says nothing is dealt out, seeded, as `fsa data import` does. A file that says which part it
 * is has no others; only a test file is enough, where nothing is fine-tuned.
 * @throws FsaError DATA where the file has no form that is read, its task is not said, or parts are missing
 */
export async function readDatasetFile(path: string, options: DatasetFileOptions): Promise<Dataset> {
  const { epochs, emit, signal } = options;
  const part = partOfName(path);
  if (part !== null && (part !== 'test' || epochs > 0)) throw lacking(path, part);
  const folder = await mkdtemp(join(tmpdir(), 'fsa-import-'));
  try {
    // The folder's name is the dataset's.
    const name = basename(path).replace(/(\.(gz|zst))$/, '');
    const output = join(folder, basename(name, extname(name)) || 'dataset');
    const wanted: DataImportOptions = {
      ...(part === null ? { paths: [path] } : { [part]: [path] }),
      ...(part === null ? {} : { devShare: 0, testShare: 0 }),
      ...(options.task === undefined ? {} : { task: options.task }),
      output,
    };
    const imported = await importData(wanted, { emit, signal });
    refuseUnclear(path, imported);
    for (const message of imported.warnings) emit({ type: 'warning', message, where: path });
    await fillMissing(output, imported);
    return await readDataset(output, { trained: epochs > 0 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function lacking(path: string, part: Part): FsaError {
  return new FsaError('DATA', `By its name the file ${LACKING[part]}.`, {
    where: path,
    advice:
      `Import the files together (fsa data import --train FILE --dev FILE --test FILE --output DIR) and name the folder` +
      `${part === 'test' ? ', or measure models as they are with --epochs 0' : ''}.`,
  });
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
async function fillMissing(folder: string, { parts }: DataImportResult): Promise<void> {
  for (const part of PARTS) {
    if (parts[part] === undefined) await writeFile(join(folder, `${part}.json`), '[]\n', { flag: 'wx' });
  }
}
