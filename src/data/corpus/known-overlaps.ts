/** What was found of a benchmark in a corpus, kept by the contents of both: neither changed, nothing is read. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeJsonAtomic } from '../../storage/atomic-write.js';
import { hashValue } from '../../storage/digest.js';
import { findOverlaps, overlappingRows, type FindOverlapsOptions } from './overlap.js';

/** Raised when the same contents give other overlaps than before. */
const SEARCH = 1;

const recordSchema = z.object({
  rowsSearched: z.int(),
  /** Lines of each corpus file that hold a sentence, by the file's number. */
  lines: z.array(z.array(z.int())),
});

export interface CorpusOverlaps {
  readonly rowsSearched: number;
  /** Lines that hold a sentence, by file. */
  readonly rows: ReadonlyMap<string, ReadonlySet<number>>;
}

/** @param files corpus files with the digests of their contents */
export async function searchOnce(
  sentences: readonly { readonly sentence: string }[],
  files: readonly { readonly path: string; readonly sha256: string }[],
  cacheFolder: string,
  options: FindOverlapsOptions,
): Promise<CorpusOverlaps> {
  const contents = {
    files: files.map(({ sha256 }) => sha256),
    sentences: sentences.map(({ sentence }) => sentence),
  };
  const path = join(cacheFolder, `overlaps-${hashValue({ search: SEARCH, ...contents }).slice(0, 32)}.json`);
  const known = await readRecord(path);
  if (known?.lines.length === files.length) return fromRecord(known, files);
  const overlaps = await findOverlaps(
    sentences,
    files.map((file) => file.path),
    options,
  );
  const rows = overlappingRows(overlaps);
  const lines = files.map((file) => [...(rows.get(file.path) ?? [])]);
  const record = { rowsSearched: overlaps.rowsSearched, lines };
  await writeJsonAtomic(path, record);
  return fromRecord(record, files);
}

function fromRecord(
  { rowsSearched, lines }: z.infer<typeof recordSchema>,
  files: readonly { readonly path: string }[],
): CorpusOverlaps {
  const rows = files.map(({ path }, index) => [path, new Set(lines[index])] as const);
  return { rowsSearched, rows: new Map(rows.filter(([, found]) => found.size > 0)) };
}

async function readRecord(path: string): Promise<z.infer<typeof recordSchema> | null> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}
