/** From corpus files to the Arrow files that training reads, each source file once per content. */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { FsaError } from '../../errors.js';
import { fitsInto, freeBytesAt, requireDiskSpace } from '../../storage/disk-room.js';
import type { FileSeal } from '../../storage/file-seal.js';
import { estimateTextBytes } from '../formats/file-format.js';
import type { PairsFile } from '../pairs/pairs-writer.js';
import { findPrepared, prepareFile, type PreparedFile, type SkippedRow } from './prepared-file.js';
import { type ReadingProgress, readingTeller } from '../formats/reading-progress.js';
import { makeFolder } from '../../storage/make-folder.js';

export interface PrepareCorpusOptions {
  /** Files to validate on; they are left out of the training files. Where empty, a share is held out. */
  readonly validation: readonly string[];
  readonly validationShare: number;
  readonly seed: number;
  /** Where the Arrow files are kept, by content. */
  readonly cacheFolder: string;
  /** Line numbers to leave out, by file. */
  readonly dropRows?: ReadonlyMap<string, ReadonlySet<number>> | undefined;
  /** Reads files again whose size and date are as they were. */
  readonly verify?: boolean | undefined;
  /** Bad rows are left out and counted; otherwise they end in an error. */
  readonly skipBadRows?: boolean | undefined;
  readonly onProgress?: ((progress: ReadingProgress) => void) | undefined;
  /** Bytes free where the cache folder is; asked of the system where it is not given. */
  readonly freeBytes?: ((folder: string) => Promise<number>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PreparedCorpus {
  readonly train: PairsFile[];
  readonly validation: PairsFile[];
  /** Rows of both. */
  readonly rows: number;
  /** Bad rows left out. */
  readonly skipped: number;
  /** The first of them. */
  readonly firstSkipped: SkippedRow | null;
  /** Every file that was read, by its path. */
  readonly sources: Readonly<Record<string, FileSeal>>;
  /** Whether every file was there already. */
  readonly reused: boolean;
}

/**
 * Lays out corpus files for training. The held-out share is drawn by a seeded hash of each review's
 * text, so a review that stands in several files, answered in different ways, is held out in all of them.
 * @throws FsaError DATA where a file has bad rows or nothing is left to train on, STORAGE where the disk
 * has no room for them (checked before anything is written)
 */
export async function prepareCorpus(
  files: readonly string[],
  given: PrepareCorpusOptions,
): Promise<PreparedCorpus> {
  const options = { ...given, cacheFolder: resolve(given.cacheFolder) };
  await makeFolder(options.cacheFolder);
  const heldOut = new Set(options.validation.map((file) => realpathSync(file)));
  const trainFiles = files.filter((file) => !heldOut.has(realpathSync(file)));
  const share = heldOut.size > 0 ? 0 : options.validationShare;
  const work = [
    ...trainFiles.map((file) => ({ file, share })),
    ...options.validation.map((file) => ({ file, share: 1 })),
  ];
  await requireSpaceForCorpus(work, options);
  const nextFile = await readingTeller(
    work.map(({ file }) => file),
    options.onProgress,
  );
  const prepared: PreparedFile[] = [];
  let firstSkipped: SkippedRow | null = null;
  for (const { file, share } of work) {
    const made = await prepareFile(file, share, options, nextFile());
    prepared.push(made);
    if (made.firstSkipped !== null) firstSkipped ??= { file, ...made.firstSkipped };
  }
  const train = prepared.map((file) => file.train).filter((file) => file !== null);
  const validation = prepared.map((file) => file.validation).filter((file) => file !== null);
  if (train.length === 0) throw nothingLeft(files[0] ?? options.cacheFolder, firstSkipped);
  return {
    train,
    validation,
    rows: [...train, ...validation].reduce((rows, file) => rows + file.rows, 0),
    skipped: prepared.reduce((rows, file) => rows + file.skipped, 0),
    firstSkipped,
    sources: Object.fromEntries(prepared.map(({ source }, index) => [work[index]?.file ?? '', source])),
    reused: prepared.every((file) => file.reused),
  };
}

function nothingLeft(where: string, first: SkippedRow | null): FsaError {
  if (first === null) {
    return new FsaError('DATA', 'No corpus rows are left to train on.', {
      where,
      advice: 'Name more corpus files, or hold out fewer rows for validation.',
    });
  }
  const { file, line, message } = first;
  return new FsaError('DATA', `No corpus row can be trained on; of the first: ${message}.`, {
    where: `${file}:${line}`,
    advice: `\`fsa data check ${file}\` lists every problem.`,
  });
}

/** What was laid out earlier needs no room; files are read to find that out only where it is close. */
async function requireSpaceForCorpus(
  work: readonly { readonly file: string; readonly share: number }[],
  options: PrepareCorpusOptions,
): Promise<void> {
  const { cacheFolder, freeBytes = freeBytesAt } = options;
  const free = await freeBytes(cacheFolder);
  const needs = await Promise.all(work.map(async ({ file }) => await estimateTextBytes(file)));
  let needed = needs.reduce((sum, bytes) => sum + bytes, 0);
  for (const [index, { file, share }] of work.entries()) {
    if (fitsInto(free, needed)) return;
    if ((await findPrepared(file, share, options)) !== null) needed -= needs[index] ?? 0;
  }
  await requireDiskSpace('The prepared corpus', cacheFolder, needed, { freeBytes: free });
}
