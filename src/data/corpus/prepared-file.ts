/** One corpus file as the Arrow files that training reads, made once per content. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FsaError } from '../../errors.js';
import { writeJsonAtomic } from '../../storage/atomic-write.js';
import { hashFile, hashValue } from '../../storage/digest.js';
import { readCorpus } from './corpus.js';
import { type CorpusRow, sourceOf } from './rows.js';
import type { Finding } from '../formats/findings.js';
import { type PairsFile, PairsWriter } from '../pairs/pairs-writer.js';
import type { Told } from '../formats/reading-progress.js';

/** Raised when the same source gives other Arrow files than before. */
const LAYOUT = 1;

export interface SkippedRow {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface PreparedFile {
  readonly train: PairsFile | null;
  readonly validation: PairsFile | null;
  readonly skipped: number;
  readonly firstSkipped: Omit<SkippedRow, 'file'> | null;
  readonly reused: boolean;
}

/** What decides about a file's Arrow files, and how they are made. */
export interface PrepareFileOptions {
  readonly seed: number;
  /** Absolute. */
  readonly cacheFolder: string;
  readonly dropRows?: ReadonlyMap<string, ReadonlySet<number>> | undefined;
  readonly skipBadRows?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was made of this content earlier; null where it has to be made. */
export async function findPrepared(
  file: string,
  share: number,
  options: PrepareFileOptions,
): Promise<Omit<PreparedFile, 'reused'> | null> {
  return await readRecord(options.cacheFolder, await keyOf(file, share, options), options.signal);
}

/** @throws FsaError DATA where the file has bad rows that are not to be left out, or changes meanwhile */
export async function prepareFile(
  file: string,
  share: number,
  options: PrepareFileOptions,
  told: Told,
): Promise<PreparedFile> {
  const before = await stat(file);
  const key = await keyOf(file, share, options);
  const known = await readRecord(options.cacheFolder, key, options.signal);
  if (known !== null) {
    told((known.train?.rows ?? 0) + (known.validation?.rows ?? 0), before.size);
    return { ...known, reused: true };
  }
  const made = await convertFile(file, key, share, options, told);
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

async function keyOf(file: string, share: number, options: PrepareFileOptions): Promise<string> {
  const dropped = [...(options.dropRows?.get(file) ?? [])].sort((a, b) => a - b);
  const content = await hashFile(file, options.signal);
  const seed = share > 0 && share < 1 ? options.seed : null;
  // Bad rows kept out must not be mistaken for a file without any.
  const skips = options.skipBadRows ?? false;
  return hashValue({ layout: LAYOUT, content, share, seed, dropped, skips }).slice(0, 32);
}

async function convertFile(
  file: string,
  key: string,
  share: number,
  options: PrepareFileOptions,
  told: Told,
): Promise<Omit<PreparedFile, 'reused'>> {
  const pathOf = (part: string): string => join(options.cacheFolder, `${key}.${part}.arrow`);
  const train = await PairsWriter.create(pathOf('train'));
  const validation = await PairsWriter.create(pathOf('validation')).catch(async (error: unknown) => {
    await train.discard();
    throw error;
  });
  const dropped = options.dropRows?.get(file);
  let rows = 0;
  let skipped = 0;
  let firstSkipped: PreparedFile['firstSkipped'] = null;
  const onBadRow = ([problem]: readonly Finding[]): void => {
    skipped++;
    if (problem !== undefined) firstSkipped ??= { line: problem.line, message: problem.message };
  };
  const reading = {
    signal: options.signal,
    onBytes: (bytes: number) => told(rows, bytes),
    ...(options.skipBadRows === true ? { onBadRow } : {}),
  };
  try {
    for await (const row of readCorpus(file, reading)) {
      if (dropped?.has(row.line) === true) continue;
      rows++;
      const writer = isHeldOut(row, share, options.seed) ? validation : train;
      const written = writer.add({ id: row.id, source: sourceOf(row), target: row.answer });
      if (written !== undefined) await written;
    }
    const made = { train: await finishOrDrop(train), validation: await finishOrDrop(validation) };
    return { ...made, skipped, firstSkipped };
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
  firstSkipped: z.object({ line: z.int(), message: z.string() }).nullable(),
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
