/** A dataset that is named by one annotated file: imported on the way, where nothing has to be guessed. */
import type { Dataset } from '../../data/benchmark/dataset.js';
import { type Part, partOfName } from '../../data/importers/parts.js';
import { FsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import type { Task } from '../../tasks/vocabulary.js';
import { readImported } from '../sources/annotated-file.js';

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
  const { task, epochs, emit, signal } = options;
  const part = partOfName(path);
  if (part !== null && (part !== 'test' || epochs > 0)) throw lacking(path, part);
  const wanted = part === null ? { paths: [path] } : { test: [path], devShare: 0, testShare: 0 };
  return await readImported(path, wanted, { task, trained: epochs > 0, emit, signal });
}

function lacking(path: string, part: Part): FsaError {
  return new FsaError('DATA', `By its name the file ${LACKING[part]}.`, {
    where: path,
    advice:
      `Import the files together (fsa data import --train FILE --dev FILE --test FILE --output DIR) and name the folder` +
      `${part === 'test' ? ', or measure models as they are with --epochs 0' : ''}.`,
  });
}
