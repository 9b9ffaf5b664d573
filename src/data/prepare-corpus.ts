/** From corpus files to the Arrow files that training reads, each source file once per content. */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { FsaError } from '../errors.js';
import { writeJsonAtomic } from '../storage/atomic-write.js';
import { hashFile, hashValue } from '../storage/digest.js';
import { readCorpus } from './corpus.js';
import { type CorpusRow, sourceOf } from './corpus-rows.js';
import type { Finding } from './findings.js';
import { type PairsFile, PairsWriter } from './pairs-writer.js';

/** Raised when the same source gives other Arrow files than before. */
const LAYOUT = 1;

export interface PrepareProgress {
  readonly file: string;
  readonly rows: number;
  /** Of the source files, read so far and in all. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface PrepareCorpusOptions {
  /** Files to validate on; they are left out of the training files. Where empty, a share is held out. */
  readonly validation: readonly string[];
  readonly validationShare: number;
  readonly seed: number;
  /** Where the Arrow files are kept, by content. */
  readonly cacheFolder: string;
  /** Line numbers to leave out, by file. */
  readonly dropRows?: ReadonlyMap<string, ReadonlySet<number>> | undefined;
  /** Where given, bad rows are told here and left out; otherwise they end in an error. */
  readonly onBadRow?: ((problems: readonly Finding[]) => void) | undefined;
  readonly onProgress?: ((progress: PrepareProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PreparedCorpus {
  readonly train: PairsFile[];
  readonly validation: PairsFile[];
  /** Rows of both. */
  readonly rows: number;
  /** Bad rows left out. */
  readonly skipped: number;
  /** Whether every file was there already. */
  readonly reused: boolean;
}

interface PreparedFile {
  readonly train: PairsFile | null;
  readonly validation: PairsFile | null;
  readonly skipped: number;
  readonly reused: boolean;
}

/**
 * Lays out corpus files for training. The held-out share is drawn by a seeded hash of each review's
 * text, so a review that stands in several files, answered in different ways, is held out in all of them.
 * @throws FsaError DATA where a file has bad rows or nothing is left to train on
 */
export async function prepareCorpus(
  files: readonly string[],
  given: PrepareCorpusOptions,
): Promise<PreparedCorpus> {
  const options = { ...given, cacheFolder: resolve(given.cacheFolder) };
  await mkdir(options.cacheFolder, { recursive: true });
  const heldOut = new Set(options.validation.map((file) => realpathSync(file)));
  const trainFiles = files.filter((file) => !heldOut.has(realpathSync(file)));
  const share = heldOut.size > 0 ? 0 : options.validationShare;
  const work = [
    ...trainFiles.map((file) => ({ file, share })),
    ...options.validation.map((file) => ({ file, share: 1 })),
  ];
  const tell = await progressTeller(work, options.onProgress);
  const prepared: PreparedFile[] = [];
  for (const { file, share } of work) {
    prepared.push(await prepareFile(file, share, options, tell(file)));
  }
  const train = prepared.map((file) => file.train).filter((file) => file !== null);
  const validation = prepared.map((file) => file.validation).filter((file) => file !== null);
  if (train.length === 0) {
    throw new FsaError('DATA', 'No corpus rows are left to train on.', {
      where: files[0] ?? options.cacheFolder,
      advice: 'Name more corpus files, or hold out fewer rows for validation.',
    });
  }
  return {
    train,
    validation,
    rows: [...train, ...validation].reduce((rows, file) => rows + file.rows, 0),
    skipped: prepared.reduce((rows, file) => rows + file.skipped, 0),
    reused: prepared.every((file) => file.reused),
  };
}

type Told = (rows: number, bytes: number) => void;

async function progressTeller(
  work: readonly { file: string }[],
  onProgress: PrepareCorpusOptions['onProgress'],
): Promise<(file: string) => Told> {
  const sizes = await Promise.all(work.map(async ({ file }) => (await stat(file)).size));
  const bytesTotal = sizes.reduce((sum, size) => sum + size, 0);
  let before = 0;
  let next = 0;
  return (file) => {
    const start = before;
    before += sizes[next++] ?? 0;
    return (rows, bytes) => onProgress?.({ file, rows, bytesDone: start + bytes, bytesTotal });
  };
}

async function prepareFile(
  file: string,
  share: number,
  options: PrepareCorpusOptions,
  told: Told,
): Promise<PreparedFile> {
  const before = await stat(file);
  const dropped = [...(options.dropRows?.get(file) ?? [])].sort((a, b) => a - b);
  const content = await hashFile(file, options.signal);
  const seed = share > 0 && share < 1 ? options.seed : null;
  // Bad rows kept out must not be mistaken for a file without any.
  const skips = options.onBadRow !== undefined;
  const key = hashValue({ layout: LAYOUT, content, share, seed, dropped, skips }).slice(0, 32);
  const known = await readRecord(options.cacheFolder, key, options.signal);
  if (known !== null) {
    told((known.train?.rows ?? 0) + (known.validation?.rows ?? 0), before.size);
    return { ...known, reused: true };
  }
  const made = await convertFile(file, key, { ...options, validationShare: share }, new Set(dropped), told);
  const after = await stat(file);
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
    throw new FsaError('DATA', 'The corpus file was changed while it was read.', {
      where: file,
      advice: 'Run the same command again when nothing writes to it any more.',
    });
  }
  await writeJsonAtomic(recordPath(options.cacheFolder, key), made);
  return { ...made, reused: false };
}

async function convertFile(
  file: string,
  key: string,
  options: PrepareCorpusOptions,
  dropped: ReadonlySet<number>,
  told: Told,
): Promise<Omit<PreparedFile, 'reused'>> {
  const pathOf = (part: string): string => join(options.cacheFolder, `${key}.${part}.arrow`);
  const train = await PairsWriter.create(pathOf('train'));
  const validation = await PairsWriter.create(pathOf('validation')).catch(async (error: unknown) => {
    await train.discard();
    throw error;
  });
  let rows = 0;
  let skipped = 0;
  const onBadRow = (problems: readonly Finding[]): void => {
    skipped++;
    options.onBadRow?.(problems);
  };
  const reading = {
    signal: options.signal,
    onBytes: (bytes: number) => told(rows, bytes),
    ...(options.onBadRow === undefined ? {} : { onBadRow }),
  };
  try {
    for await (const row of readCorpus(file, reading)) {
      if (dropped.has(row.line)) continue;
      rows++;
      const writer = isHeldOut(row, options.validationShare, options.seed) ? validation : train;
      const written = writer.add({ id: row.id, source: sourceOf(row), target: row.answer });
      if (written !== undefined) await written;
    }
    const made = { train: await finishOrDrop(train), validation: await finishOrDrop(validation) };
    return { ...made, skipped };
  } catch (error) {
    await Promise.all([train.discard(), validation.discard()]);
    throw error;
  }
}

async function finishOrDrop(writer: PairsWriter): Promise<PairsFile | null> {
  if (writer.rows > 0) return await writer.finish();
  await writer.discard();
  return null;
}

/** A review's own number in [0, 1), the same in every file, against the share. */
function isHeldOut(row: CorpusRow, share: number, seed: number): boolean {
  if (share === 0 || share === 1) return share === 1;
  const digest = createHash('sha256').update(`${seed}\n${row.text.trim()}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48 < share;
}

const pairsFileSchema = z.object({ path: z.string(), sha256: z.string(), rows: z.int().min(1) });
const recordSchema = z.object({
  train: pairsFileSchema.nullable(),
  validation: pairsFileSchema.nullable(),
  skipped: z.int(),
});

function recordPath(folder: string, key: string): string {
  return join(folder, `${key}.json`);
}

/** What was made earlier, if it still has the bytes it was recorded with. */
async function readRecord(
  folder: string,
  key: string,
  signal?: AbortSignal,
): Promise<Omit<PreparedFile, 'reused'> | null> {
  try {
    const record = recordSchema.parse(JSON.parse(await readFile(recordPath(folder, key), 'utf8')));
    for (const [part, file] of [
      ['train', record.train],
      ['validation', record.validation],
    ] as const) {
      // The folder may have been moved since: the place is ours to say, only digests are believed.
      const path = join(folder, `${key}.${part}.arrow`);
      if (file !== null && (file.path !== path || (await hashFile(path, signal)) !== file.sha256))
        return null;
    }
    return record;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
