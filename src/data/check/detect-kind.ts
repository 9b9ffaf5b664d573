/** What kind of data file lies here, by its content. */
import { notUtf8 } from '../formats/bytes.js';
import { formOf } from '../formats/file-format.js';
import { splitLines } from '../formats/lines.js';
import { readParquetColumns } from '../formats/parquet.js';
import { unpackFile } from '../formats/unpack.js';

export type DataKind = 'benchmark' | 'corpus' | 'unknown';

export interface DetectedKind {
  readonly kind: DataKind;
  /** Whether the text starts as a list rather than as lines of objects. */
  readonly list: boolean;
}

const LOOK_AT_UNITS = 64 * 1024;

/** By the first keys that only one kind of file has. @throws FsaError DATA where the file cannot be read */
export async function detectKind(path: string, signal?: AbortSignal): Promise<DetectedKind> {
  const form = await formOf(path);
  if (form === 'parquet') {
    const isCorpus = (await readParquetColumns(path)).some((name) =>
      /^(?:Text|Overall|\w+_response)$/.test(name),
    );
    return { kind: isCorpus ? 'corpus' : 'unknown', list: false };
  }
  let head = '';
  let badLine: number | null = null;
  for await (const lines of splitLines(unpackFile(path, form, { signal }), path)) {
    head += lines.map((line) => line.text ?? '').join('\n');
    badLine ??= lines.find((line) => line.text === null)?.number ?? null;
    if (head.length >= LOOK_AT_UNITS) break;
  }
  const list = head.trimStart().startsWith('[');
  const benchmark = head.search(/"(?:sentence|aspects)"\s*:/);
  const corpus = head.search(/"(?:Text|Overall|\w+_response)"\s*:/);
  if (benchmark === -1 && corpus === -1) {
    // What kind of file it is stands in the very bytes that cannot be read.
    if (badLine !== null) throw notUtf8(path, badLine);
    return { kind: /^\s*\[\s*\]\s*$/.test(head) ? 'benchmark' : 'unknown', list };
  }
  const first = corpus === -1 || (benchmark !== -1 && benchmark < corpus);
  return { kind: first ? 'benchmark' : 'corpus', list };
}
