/** Rows of corpora that say the same as an earlier one, and corpora without them. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FsaError } from '../errors.js';
import { parseRawRow } from './corpus.js';
import { type CorpusRow, sourceOf } from './corpus-rows.js';
import { describeFinding } from './findings.js';
import type { PairsWriter } from './pairs-writer.js';
import { readRawRows } from './raw-rows.js';
import { type Place, RowPlaces } from './row-places.js';
import { TextWriter } from './text-writer.js';

/** What is compared: review and answer (with the prompt, where there is one), or the review alone. */
export type ComparedPart = 'row' | 'review';

export interface Removal {
  readonly reason: 'exact' | 'near' | 'bad';
  /** The row that it repeats; null for bad rows. */
  readonly of: Place | null;
  /** Null where it was not measured. */
  readonly similarity: number | null;
  readonly problems: readonly string[];
}

/** By file and line. */
export class Removals {
  readonly #rows = new Map<string, Map<number, Removal>>();
  readonly counts = { exact: 0, near: 0, bad: 0 };

  add({ file, line }: Place, removal: Removal): void {
    const rows = this.#rows.get(file) ?? new Map<number, Removal>();
    this.#rows.set(file, rows.set(line, removal));
    this.counts[removal.reason]++;
  }

  get(file: string, line: number): Removal | undefined {
    return this.#rows.get(file)?.get(line);
  }
}

export interface CollectedRows {
  /** Of the rows that were written, in order. */
  readonly places: RowPlaces;
  readonly removals: Removals;
  readonly rows: number;
}

/**
 * Reads all rows once: bad ones and exact repetitions become removals, the compared text of every other
 * one is given to the writer. Keeps a digest per row in memory.
 */
export async function collectRows(
  files: readonly string[],
  part: ComparedPart,
  writer: PairsWriter | null,
  signal?: AbortSignal,
): Promise<CollectedRows> {
  const firstOf = new Map<string, number>();
  const places = new RowPlaces();
  const removals = new Removals();
  let rows = 0;
  for (const file of files) {
    for await (const raws of readRawRows(file, { signal })) {
      for (const raw of raws) {
        rows++;
        const place = { file, line: raw.number };
        const { row, problems } = parseRawRow(file, raw);
        if (row === null) {
          const sentences = problems.map(describeFinding);
          removals.add(place, { reason: 'bad', of: null, similarity: null, problems: sentences });
          continue;
        }
        const text = comparedText(row, part);
        const digest = createHash('sha256').update(text).digest('base64').slice(0, 24);
        const first = firstOf.get(digest);
        if (first !== undefined) {
          removals.add(place, { reason: 'exact', of: places.at(first), similarity: 1, problems: [] });
          continue;
        }
        firstOf.set(digest, places.length);
        places.add(file, raw.number);
        await writer?.add({ id: row.id, source: text, target: '' });
      }
    }
  }
  return { places, removals, rows };
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
  removals: Removals,
  removed: TextWriter,
  signal?: AbortSignal,
): Promise<WrittenFile> {
  const writer = await TextWriter.create(target);
  let rows = 0;
  let kept = 0;
  try {
    for await (const raws of readRawRows(file, { signal })) {
      for (const raw of raws) {
        rows++;
        const removal = removals.get(file, raw.number);
        const text = 'value' in raw ? JSON.stringify(raw.value) : (raw.text ?? 'null');
        if (removal === undefined) {
          kept++;
          await writer.write(`${text}\n`);
        } else {
          const { value } = parseRawRow(file, raw);
          const row = value === undefined ? text : value;
          await removed.write(`${JSON.stringify({ file, line: raw.number, ...removal, row })}\n`);
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
