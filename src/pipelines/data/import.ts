/** `fsa data import`: annotated files of many formats into a dataset folder of one task. */
import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { FsaError } from '../../errors.js';
import type { ImportCounts, PartCounts } from '../../data/importers/counts.js';
import { DatasetWriter, refuseFilled } from '../../data/importers/dataset-writer.js';
import { guessTask } from '../../data/importers/guess-task.js';
import {
  type Imported,
  type ImportFile,
  importFiles,
  type ImportPlan,
  nameFormats,
  type PlacedReject,
} from '../../data/importers/import-files.js';
import type { FormatName, Importer, ReadOptions } from '../../data/importers/importer.js';
import { Labels } from '../../data/importers/labels.js';
import { type Part, partOfName, type Shares } from '../../data/importers/parts.js';
import { findFormat, headOf, importerNamed, recogniseFormat } from '../../data/importers/registry.js';
import { openSource, type Source } from '../../data/importers/source.js';
import { readingTeller } from '../../data/formats/reading-progress.js';
import type { TaskName } from '../../tasks/vocabulary.js';
import { readingEvents } from '../run/data-progress.js';
import type { Work } from '../run/run-handle.js';
import { warningsOf } from './import-warnings.js';

export interface DataImportOptions {
  /** Files whose names say which part they are (train, dev, test); others are dealt out. */
  readonly paths?: readonly string[];
  /** Files of a part, whatever their names. */
  readonly train?: readonly string[];
  readonly dev?: readonly string[];
  readonly test?: readonly string[];
  /** Null or absent goes by the content of each file. */
  readonly from?: FormatName | null;
  /** Absent guesses from what is annotated. */
  readonly task?: TaskName;
  /** A new folder; absent only with `dryRun`. */
  readonly output?: string;
  /** Reads and counts everything, writes nothing. */
  readonly dryRun?: boolean;
  /** `{ 'polarity.POS': 'positive' }`; an empty text leaves the tuples out. */
  readonly map?: Readonly<Record<string, string>>;
  /** Labels of the dataset's own; absent takes positive, neutral, negative, conflict. */
  readonly polarities?: readonly string[];
  /** `{ text: 'review' }`: which column holds a field. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Absent goes by the header. */
  readonly delimiter?: string;
  /** Absent goes by the byte-order mark and the XML declaration, else UTF-8. */
  readonly encoding?: string;
  /** `spaces`: a term may differ from the text in white space; the text's own form is taken. */
  readonly repair?: readonly 'spaces'[];
  /** Of the split; 42 unless said otherwise. */
  readonly seed?: number;
  /** Shares set aside where no file is a dev or test set; 0.1 each unless said otherwise. */
  readonly devShare?: number;
  readonly testShare?: number;
  readonly cwd?: string;
}

export interface DataImportResult extends ImportCounts {
  readonly format: string;
  readonly task: TaskName;
  /** Null after a dry run. */
  readonly folder: string | null;
  readonly files: readonly { file: string; format: FormatName; part: Part | null; encoding: string }[];
  readonly parts: Readonly<Partial<Record<Part, PartCounts>>>;
  readonly notes: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  readonly preview: readonly object[];
  readonly rejectedCount: number;
  readonly rejected: readonly PlacedReject[];
}

/** @throws FsaError DATA where a file cannot be read, its labels are unknown or nothing is left; USAGE for options */
export async function importData(
  options: DataImportOptions,
  { emit, signal }: Work,
): Promise<DataImportResult> {
  const { cwd = process.cwd(), dryRun = false, seed = 42, output } = options;
  if (output === undefined && !dryRun) {
    throw new FsaError('USAGE', 'There is no folder to write to.', {
      advice: 'Name a new one with --output, or look first with --dry-run.',
    });
  }
  const reading: ReadOptions = { columns: options.columns ?? {}, delimiter: options.delimiter ?? null };
  const files = await openFiles(options, cwd, signal);
  const labels = new Labels({ map: polarityMap(options.map ?? {}), polarities: options.polarities ?? null });
  const task = options.task ?? (await requireGuess(files, reading));
  const shares = sharesOf(files, options);
  const ignoreSpaces = options.repair?.includes('spaces') === true;
  const plan: ImportPlan = { files: dealt(files, shares), task, labels, ignoreSpaces, reading, seed, shares };
  if (dryRun && output !== undefined) await refuseFilled(resolve(cwd, output));
  const writer = dryRun || output === undefined ? null : await DatasetWriter.create(resolve(cwd, output));
  try {
    const names = files.map(({ source }) => source.path);
    const nextFile = await readingTeller(names, readingEvents('importing', emit));
    const imported = await importFiles(plan, writer, nextFile);
    signal.throwIfAborted();
    await writer?.finish(declarationOf(plan, seed));
    return resultOf(
      plan,
      imported,
      options.task === undefined,
      writer === null ? null : resolve(cwd, output ?? ''),
    );
  } catch (error) {
    await writer?.discard();
    throw error;
  }
}

async function openFiles(
  options: DataImportOptions,
  cwd: string,
  signal: AbortSignal,
): Promise<ImportFile[]> {
  const named = (paths: readonly string[] | undefined, part: Part | null): [string, Part | null, boolean][] =>
    (paths ?? []).map((path) => [resolve(cwd, path), part ?? partOfName(path), part === null]);
  const wanted = [
    ...named(options.paths, null),
    ...named(options.train, 'train'),
    ...named(options.dev, 'dev'),
    ...named(options.test, 'test'),
  ];
  if (wanted.length === 0)
    throw new FsaError('USAGE', 'No file is named.', { advice: 'Name the files to import.' });
  await refuseRepeats(wanted.map(([path]) => path));
  const files: ImportFile[] = [];
  for (const [path, part, rowsDecide] of wanted) {
    const source = await openSource(path, options.encoding ?? null, signal);
    files.push({ source, importer: chooseImporter(source, options), part, rowsDecide });
  }
  return files;
}

/** Sentences of a file that is read twice would count twice, or stand in two parts. */
async function refuseRepeats(paths: readonly string[]): Promise<void> {
  const places = new Map<string, string>();
  for (const path of paths) {
    // One that is not there is told of when it is opened.
    const place = await realpath(path).catch(() => path);
    const before = places.get(place);
    if (before !== undefined)
      throw new FsaError('USAGE', 'A file is named twice.', {
        where: path,
        problems: path === before ? [] : [`It is the same as ${before}.`],
        advice: 'Name each file once; a file is of one part.',
      });
    places.set(place, path);
  }
}

function chooseImporter(source: Source, { from, columns, delimiter }: DataImportOptions): Importer {
  if (from !== undefined && from !== null) return importerNamed(from);
  if (columns === undefined && delimiter === undefined) return recogniseFormat(source);
  // Named columns make a table of it, save where a form has such names of its own.
  const found = findFormat(headOf(source.head));
  if (found?.name === 'label-studio') return found;
  return importerNamed(/^\s*[[{]/.test(source.head) ? 'jsonl' : 'csv');
}

/** `polarity.POS` is the one kind of word that is mapped. */
function polarityMap(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(map).map(([key, label]) => {
      if (key.startsWith('polarity.')) return [key.slice('polarity.'.length), label];
      throw new FsaError('USAGE', `Nothing called ${JSON.stringify(key)} can be mapped.`, {
        advice: 'Labels are: --map polarity.POS=positive. Columns are named with --column text=NAME.',
      });
    }),
  );
}

async function requireGuess(files: readonly ImportFile[], reading: ReadOptions): Promise<TaskName> {
  const problems: string[] = [];
  for (const file of files) {
    const { task, reject } = await guessTask(file, reading);
    if (task !== null) return task;
    if (reject !== null) problems.push(`${file.source.path}:${reject.line}: ${reject.reason}`);
  }
  throw new FsaError('DATA', 'The files annotate nothing that says which task they are for.', {
    where: files[0]?.source.path ?? '',
    problems,
    advice: 'Name it with --task; files without labels are to be predicted, not imported.',
  });
}

/** Only parts that no file has are cut from the training data. */
function sharesOf(
  files: readonly ImportFile[],
  { devShare = 0.1, testShare = 0.1 }: DataImportOptions,
): Shares {
  for (const share of [devShare, testShare]) {
    if (!(share >= 0 && share < 1) || devShare + testShare >= 1) {
      throw new FsaError('USAGE', 'The shares of dev and test lie from 0 to under 1 together.', {
        advice: 'Give for example --dev-share 0.1 --test-share 0.1.',
      });
    }
  }
  const has = (part: Part): boolean => files.some((file) => file.part === part);
  return { dev: has('dev') ? 0 : devShare, test: has('test') ? 0 : testShare };
}

/** Files of no part, and training files that something is cut from, wait for the split. */
function dealt(files: readonly ImportFile[], { dev, test }: Shares): ImportFile[] {
  return files.map((file) => {
    const isPool = file.part === null || file.part === 'train';
    return isPool ? { ...file, part: dev + test > 0 ? null : 'train' } : file;
  });
}

function declarationOf({ files, task, labels }: ImportPlan, seed: number): object {
  const source = {
    format: nameFormats(files),
    files: files.map(({ source: { path } }) => basename(path)),
    seed,
  };
  return { schema: 1, task, polarities: labels.names, source };
}

function resultOf(
  plan: ImportPlan,
  imported: Imported,
  guessed: boolean,
  folder: string | null,
): DataImportResult {
  const { rejected, rejectedCount, preview, parts, notes, shared, cut, ...counts } = imported;
  return {
    format: nameFormats(plan.files),
    task: plan.task,
    ...counts,
    folder,
    files: plan.files.map(({ source: { path, encoding }, importer, part }) => ({
      file: path,
      format: importer.name,
      part,
      encoding,
    })),
    parts,
    notes,
    warnings: warningsOf(plan, { ...imported, shared, cut }, guessed),
    preview,
    rejectedCount,
    rejected,
  };
}
