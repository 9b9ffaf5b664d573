/** What kind of data file lies here, by its content. */
import { notUtf8 } from '../formats/bytes.js';
import { formOf } from '../formats/file-format.js';
import { readParquetColumns } from '../formats/parquet.js';
import { readRawRows } from '../formats/raw-rows.js';
import { findForeignForm } from '../importers/foreign-file.js';
import { openSource } from '../importers/source.js';

export type DataKind = 'benchmark' | 'corpus' | 'unknown';

export interface DetectedKind {
  readonly kind: DataKind;
  /** Whether the text starts as a list rather than as lines of objects. */
  readonly list: boolean;
}

/** By the first keys that only one kind of file has. @throws FsaError DATA where the file cannot be read */
export async function detectKind(path: string, signal?: AbortSignal): Promise<DetectedKind> {
  if (await isParquet(path)) {
    const isCorpus = (await readParquetColumns(path)).some((name) =>
      /^(?:Text|Overall|\w+_response)$/.test(name),
    );
    return { kind: isCorpus ? 'corpus' : 'unknown', list: false };
  }
  const { head, encoding } = await openSource(path, null, signal);
  const list = head.trimStart().startsWith('[');
  const benchmark = head.search(/"(?:sentence|aspects)"\s*:/);
  const corpus = head.search(/"(?:Text|Overall|\w+_response)"\s*:/);
  if (benchmark === -1 && corpus === -1) {
    // What kind of file it is stands in the very bytes that cannot be read.
    const badLine = head.includes('\uFFFD') && encoding === 'utf-8' ? await findBadLine(path, signal) : null;
    if (badLine !== null) throw notUtf8(path, badLine);
    return { kind: /^\s*\[\s*\]\s*$/.test(head) ? 'benchmark' : 'unknown', list };
  }
  if (corpus !== -1 && (benchmark === -1 || corpus < benchmark)) return { kind: 'corpus', list };
  return { kind: findForeignForm(head) === null ? 'benchmark' : 'unknown', list };
}

/** Parquet holds corpora alone; text that is no UTF-8 is looked into all the same. */
export async function isParquet(path: string): Promise<boolean> {
  return (await formOf(path).catch(() => null)) === 'parquet';
}

async function findBadLine(path: string, signal: AbortSignal | undefined): Promise<number | null> {
  for await (const lines of readRawRows(path, { signal })) {
    const bad = lines.find((line) => 'text' in line && line.text === null);
    if (bad !== undefined) return bad.number;
  }
  return null;
}
