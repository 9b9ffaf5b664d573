/** Rows of corpora that say the same as an earlier one, and corpora without them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FsaError } from '../../errors.js';
import { parseRawRow } from '../corpus/corpus.js';
import { type CorpusRow, sourceOf } from '../corpus/rows.js';
import { DigestTable } from './digest-table.js';
import { describeFinding } from '../formats/findings.js';
import type { PairsWriter } from '../pairs/pairs-writer.js';
import { readRawRows } from '../formats/raw-rows.js';
import { type ReadingProgress, readingTeller } from '../formats/reading-progress.js';
import { RemovedRows } from './removed-rows.js';
import { RowPlaces } from '../corpus/row-places.js';
import { TextWriter } from '../formats/text-writer.js';

/** What is compared: review and answer (with the prompt, where there is one), or the review alone. */
export type ComparedPart = 'row' | 'review';

export interface CollectedRows {
  /** Of the rows that were written, in order. */
  readonly places: RowPlaces;
  readonly removedRows: RemovedRows;
  readonly rows: number;
}

/**
 * Reads all rows once: bad ones and exact repetitions are noted as removed, the compared text of every other
 * one is given to the writer. Keeps less than a hundred bytes per row in memory.
 */
export async function collectRows(
  files: readonly string[],
  part: ComparedPart,
  writer: PairsWriter | null,
  options: {
    readonly onProgress?: (progress: ReadingProgress) => void;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<CollectedRows> {
  const known = new DigestTable();
  const places = new RowPlaces();
  const removedRows = new RemovedRows();
  let rows = 0;
  const { signal } = options;
  const nextFile = await readingTeller(files, options.onProgress);
  for (const file of files) {
    const tell = nextFile();
    const before = rows;
    const onBytes = (bytes: number): void => tell(rows - before, bytes);
    for await (const raws of readRawRows(file, { signal, onBytes })) {
      for (const raw of raws) {
        rows++;
        const place = { file, line: raw.number };
        const { row } = parseRawRow(file, raw);
        if (row === null) {
          removedRows.add(place, { reason: 'bad', of: null, similarity: null });
          continue;
        }
        const text = comparedText(row, part);
        const first = known.addIfNew(text, places.length);
        if (first !== null) {
          removedRows.add(place, { reason: 'exact', of: first, similarity: 1 });
          continue;
        }
        places.add(file, raw.number);
        await writer?.add({ id: row.id, source: text, target: '' });
      }
    }
  }
  return { places, removedRows, rows };
}

function comparedText(row: CorpusRow, part: ComparedPart): string {
  return part === 'review' ? row.text.trim() : `${sourceOf(row)}\n${row.answer}`.trim();
}

export interface WrittenFile {
  readonly file: string;
  readonly rows: number;
  readonly kept: number;
  /** Null where no row was kept. */
  readonly written: string | null;
}

/**
 * Writes the rows of a file that stay as JSON lines below a folder, and tells the others.
 * @throws FsaError DATA where the new file exists already
 */
export async function writeKeptRows(
  file: string,
  target: string,
  { removedRows, places }: Pick<CollectedRows, 'removedRows' | 'places'>,
  removed: TextWriter,
  options: {
    /** Rows and bytes of this file that are through. */
    readonly onRead?: (rows: number, bytes: number) => void;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<WrittenFile> {
  const { onRead, signal } = options;
  const writer = await TextWriter.create(target);
  let rows = 0;
  let kept = 0;
  try {
    const onBytes = (bytes: number): void => onRead?.(rows, bytes);
    for await (const raws of readRawRows(file, { signal, onBytes })) {
      for (const raw of raws) {
        rows++;
        const removal = removedRows.get(file, raw.number);
        const text = 'value' in raw ? JSON.stringify(raw.value) : (raw.text ?? 'null');
        if (removal === null) {
          kept++;
          await writer.write(`${text}\n`);
        } else {
          const { value, problems } = parseRawRow(file, raw);
          const of = removal.of === null ? null : places.at(removal.of);
          const why = { ...removal, of, problems: problems.map(describeFinding) };
          const row = value === undefined ? text : value;
          await removed.write(`${JSON.stringify({ file, line: raw.number, ...why, row })}\n`);
        }
      }
    }
    if (kept > 0) await writer.finish();
    else await writer.discard();
    return { file, rows, kept, written: kept > 0 ? target : null };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** Names of new files: never packed, never Parquet. @throws FsaError DATA where one exists already */
export function nameNewFiles(
  files: readonly string[],
  folder: string,
  nameOf: (file: string) => string,
): Map<string, string> {
  const targets = new Map<string, string>();
  const taken = new Map<string, string>();
  for (const file of files) {
    const path = join(
      folder,
      nameOf(file)
        .replace(/\.(gz|zst)$/, '')
        .replace(/\.parquet$/, '.jsonl'),
    );
    const other = taken.get(path);
    if (other !== undefined || existsSync(path)) {
      const what =
        other === undefined
          ? 'The file exists already and is not replaced.'
          : `Two files would be written here: ${other} and ${file}.`;
      throw new FsaError('DATA', what, { where: path, advice: 'Choose another folder, or rename one file.' });
    }
    taken.set(path, file);
    targets.set(file, path);
  }
  return targets;
}
