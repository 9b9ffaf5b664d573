/** `fsa data dedupe`: corpora without rows that repeat an earlier one, exactly or nearly. */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  collectRows,
  type ComparedPart,
  nameNewFiles,
  type WrittenFile,
  writeKeptRows,
} from '../../data/dedupe/duplicates.js';
import { estimateTextBytes } from '../../data/formats/file-format.js';
import { PairsWriter } from '../../data/pairs/pairs-writer.js';
import { readingTeller } from '../../data/formats/reading-progress.js';
import { TextWriter } from '../../data/formats/text-writer.js';
import { requireDiskSpace } from '../../storage/disk-room.js';
import { findCorpus } from '../sources/corpus.js';
import { readingEvents } from '../run/data-progress.js';
import { findNearDuplicates, nearNumbers, type NearMethod } from './near-duplicates.js';
import { namesBelow, refuseInput, withScratchFolder } from './output-files.js';
import { noteUnfinished, sweepUnfinished } from './unfinished.js';
import { requireChoice } from '../../config/require-choice.js';
import type { Work } from '../run/run-handle.js';

export interface DataDedupeOptions {
  /** Corpus files, folders and globs; where rows repeat, the first in their order stays. */
  readonly paths: readonly string[];
  /** Folder for the files without repetitions, and `removed.jsonl` with the others and reasons. */
  readonly to: string;
  /** What is compared: review and answer (`row`, unless said otherwise), or the review alone. */
  readonly by?: ComparedPart;
  /** Only exact repetitions; needs no Python. */
  readonly exactOnly?: boolean;
  /** Least similarity of near duplicates; 0.8 unless said otherwise. */
  readonly threshold?: number;
  /** 3 unless said otherwise. */
  readonly shingleWords?: number;
  readonly cwd?: string;
}

export interface DataDedupeResult {
  readonly files: readonly WrittenFile[];
  readonly rows: number;
  readonly kept: number;
  readonly exact: number;
  readonly near: number;
  /** Rows that are no corpus rows; they are left out, too. */
  readonly bad: number;
  readonly by: ComparedPart;
  /** Null where only exact repetitions were looked for. */
  readonly method: NearMethod | null;
  /** Null where nothing was left out. */
  readonly removedFile: string | null;
}

/** @throws FsaError DATA where nothing is found or a new file exists already, STORAGE where the disk is full */
export async function dedupeData(
  options: DataDedupeOptions,
  { emit, signal }: Work,
): Promise<DataDedupeResult> {
  const { cwd = process.cwd(), by = 'row', exactOnly = false } = options;
  requireChoice('by', by, ['row', 'review']);
  const { threshold, shingleWords } = nearNumbers(options, { threshold: 0.8, shingleWords: 3 });
  const files = await findCorpus(options.paths, cwd);
  const folder = resolve(cwd, options.to);
  refuseInput(folder, files);
  await sweepUnfinished(folder);
  const targets = nameNewFiles([...files, 'removed.jsonl'], folder, withRemoved(namesBelow(files)));
  return await withScratchFolder(async (scratch) => {
    await requireSpaceForCopies(files, { folder, scratch });
    const writer = exactOnly ? null : await PairsWriter.create(join(scratch, 'texts.arrow'));
    const onProgress = readingEvents('comparing rows', emit);
    const collected = await collectRows(files, by, writer, { onProgress, signal }).catch(
      async (error: unknown) => {
        await writer?.discard();
        throw error;
      },
    );
    const { places, removedRows, rows } = collected;
    const pairs = await writer?.finish();
    let method: NearMethod | null = null;
    if (pairs !== undefined && pairs.rows > 0) {
      const question = { pairs, among: null, unit: 'row', threshold, shingleWords, folder: scratch } as const;
      const found = await findNearDuplicates(question, { emit, signal });
      for (const { row, like, similarity } of found.matches) {
        removedRows.add(places.at(row), { reason: 'near', of: like, similarity });
      }
      method = found.method;
    }
    const removedPath = targets.get('removed.jsonl') ?? '';
    const finished = await noteUnfinished(folder, [...targets.values()]);
    const removed = await TextWriter.create(removedPath);
    const written: WrittenFile[] = [];
    try {
      const nextFile = await readingTeller(files, readingEvents('writing rows that stay', emit));
      for (const file of files) {
        const options = { onRead: nextFile(), signal };
        written.push(await writeKeptRows(file, targets.get(file) ?? '', collected, removed, options));
      }
      const kept = written.reduce((sum, file) => sum + file.kept, 0);
      if (kept < rows) await removed.finish();
      else await removed.discard();
      await finished();
      return {
        files: written,
        rows,
        kept,
        ...removedRows.counts,
        by,
        method,
        removedFile: kept < rows ? removedPath : null,
      };
    } catch (error) {
      await removed.discard();
      // Some files without the others would look like the whole.
      for (const file of written) if (file.written !== null) await rm(file.written, { force: true });
      await finished();
      throw error;
    }
  });
}

function withRemoved(nameOf: (file: string) => string): (file: string) => string {
  return (file) => (file === 'removed.jsonl' ? file : nameOf(file));
}

/** The new files and, meanwhile, the compared texts, each up to the size of the old files. */
async function requireSpaceForCopies(
  files: readonly string[],
  { folder, scratch }: { readonly folder: string; readonly scratch: string },
): Promise<void> {
  const sizes = await Promise.all(files.map(estimateTextBytes));
  const needed = sizes.reduce((sum, size) => sum + size, 0);
  const what = 'A corpus without repetitions';
  await requireDiskSpace(what, folder, 2 * needed, { otherDisk: '--to' });
  await requireDiskSpace(what, scratch, 2 * needed);
}
