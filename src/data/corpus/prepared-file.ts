/** One corpus file as the Arrow files that training reads, made once per content. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FsaError } from '../../errors.js';
import { writeJsonAtomic } from '../../storage/atomic-write.js';
import { hashFile, hashValue } from '../../storage/digest.js';
import { type FileSeal, fileSealSchema, fitsSeal, sealOf } from '../../storage/file-seal.js';
import { readCorpus } from './corpus.js';
import { sealOfSource } from './source-seal.js';
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
  /** The file as it was read. */
  readonly source: FileSeal;
  readonly reused: boolean;
}

/** What is kept of a file from run to run. */
type MadeFile = Omit<PreparedFile, 'reused' | 'source'>;

/** What decides about a file's Arrow files, and how they are made. */
export interface PrepareFileOptions {
  readonly seed: number;
  /** Absolute. */
  readonly cacheFolder: string;
  readonly dropRows?: ReadonlyMap<string, ReadonlySet<number>> | undefined;
  readonly skipBadRows?: boolean | undefined;
  /** Reads files again whose size and date are as they were. */
  readonly verify?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was made of this content earlier; null where it has to be made. */
export async function findPrepared(
  file: string,
  share: number,
  options: PrepareFileOptions,
): Promise<MadeFile | null> {
  return await readRecord(keyOf(file, (await sealOfSource(file, options)).sha256, share, options), options);
}

/** @throws FsaError DATA where the file has bad rows that are not to be left out, or changes meanwhile */
export async function prepareFile(
  file: string,
  share: number,
  options: PrepareFileOptions,
  told: Told,
): Promise<PreparedFile> {
  const before = await stat(file);
  const source = await sealOfSource(file, options);
  const key = keyOf(file, source.sha256, share, options);
  const known = await readRecord(key, options);
  if (known !== null) {
    told((known.train?.rows ?? 0) + (known.validation?.rows ?? 0), before.size);
    return { ...known, source, reused: true };
  }
  const made = await convertFile(file, key, share, options, told);
  const after = await stat(file);
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
    throw new FsaError('DATA', 'The corpus file was changed while it was read.', {
      where: file,
      advice: 'Run the same command again when nothing writes to it any more.',
    });
  }
  await writeJsonAtomic(recordPath(options.cacheFolder, key), await sealParts(made));
  return { ...made, source, reused: false };
}

function keyOf(file: string, content: string, share: number, options: PrepareFileOptions): string {
  const dropped = [...(options.dropRows?.get(file) ?? [])].sort((a, b) => a - b);
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
): Promise<MadeFile> {
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

const partSchema = pairsFileSchema.extend({ seal: fileSealSchema.optional() });
const recordSchema = z.object({
  train: partSchema.nullable(),
  validation: partSchema.nullable(),
  skipped: z.int(),
  firstSkipped: z.object({ line: z.int(), message: z.string() }).nullable(),
});

function recordPath(folder: string, key: string): string {
  return join(folder, `${key}.json`);
}

/** What was made earlier, if it still has the bytes it was recorded with. */
async function readRecord(
  key: string,
  { cacheFolder, signal, verify = false }: PrepareFileOptions,
): Promise<MadeFile | null> {
  try {
    const record = recordSchema.parse(JSON.parse(await readFile(recordPath(cacheFolder, key), 'utf8')));
    for (const [part, file] of [
      ['train', record.train],
      ['validation', record.validation],
    ] as const) {
      // The folder may have been moved since: the place is ours to say, only digests are believed.
      const path = join(cacheFolder, `${key}.${part}.arrow`);
      if (file !== null && (file.path !== path || !(await holdsPart(path, file, verify, signal))))
        return null;
    }
    return { ...record, train: withoutSeal(record.train), validation: withoutSeal(record.validation) };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function holdsPart(
  path: string,
  { sha256, seal }: z.infer<typeof partSchema>,
  verify: boolean,
  signal?: AbortSignal,
): Promise<boolean> {
  if (seal?.sha256 === sha256) return await fitsSeal(path, seal, verify);
  return (await hashFile(path, signal)) === sha256;
}

function withoutSeal(part: z.infer<typeof partSchema> | null): PairsFile | null {
  return part === null ? null : { path: part.path, sha256: part.sha256, rows: part.rows };
}

/** The record with a hint for each part that saves reading it the next time. */
async function sealParts(made: MadeFile): Promise<z.infer<typeof recordSchema>> {
  const sealed = async (part: PairsFile | null): Promise<z.infer<typeof partSchema> | null> =>
    part === null ? null : { ...part, seal: sealOf(await stat(part.path), part.sha256) };
  return { ...made, train: await sealed(made.train), validation: await sealed(made.validation) };
}
