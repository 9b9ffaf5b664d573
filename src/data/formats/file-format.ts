/** In which form a data file lies on disk, by its first bytes: names may say what they like. */
import { open, stat } from 'node:fs/promises';
import { FsaError } from '../../errors.js';
import { encodingFault, notText } from './bytes.js';
import { statOrdinaryFile } from './ordinary-file.js';

export type FileForm = 'text' | 'gzip' | 'zstd' | 'parquet';

const MARKS: readonly (readonly [FileForm, Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['parquet', Buffer.from('PAR1')],
];

const SAVE_SHEET = 'Save the sheet as CSV, or unpack the archive, and name that file.';

/** What people name by mistake, whatever its name says: what it is, and what to do. */
const FOREIGN: readonly (readonly [mark: Buffer, what: string, advice: string])[] = [
  [Buffer.from('PK\u0003\u0004'), 'a workbook (.xlsx, .ods) or another ZIP archive', SAVE_SHEET],
  [Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'a workbook or document of an old Office (.xls)', SAVE_SHEET],
  [Buffer.from('%PDF-'), 'a PDF', 'Save its text as UTF-8 and name that file.'],
  [Buffer.from('SQLite format 3\0'), 'a database of SQLite', 'Write its table as CSV and name that file.'],
  [Buffer.from('BZh'), 'packed with bzip2', 'Unpack it first (bzip2 -d), or pack it with gzip or zstd.'],
  [
    Buffer.from('fd377a585a00', 'hex'),
    'packed with xz',
    'Unpack it first (xz -d), or pack it with gzip or zstd.',
  ],
  [Buffer.from('8004', 'hex'), 'a pickle of Python, which could run anything', 'Write it as JSON lines.'],
];

/**
 * @param encoding what the text is said to be in: its zero bytes are letters, then
 * @throws FsaError DATA where there is no such file, or it is neither text nor of a known form
 */
export async function formOf(path: string, encoding: string | null = null): Promise<FileForm> {
  const start = await readStart(path);
  const isMarked = (mark: Buffer): boolean => start.subarray(0, mark.length).equals(mark);
  const marked = MARKS.find(([, mark]) => isMarked(mark));
  if (marked !== undefined) return marked[0];
  const foreign = FOREIGN.find(([mark]) => isMarked(mark));
  if (foreign !== undefined) {
    throw new FsaError('DATA', `The file is ${foreign[1]}.`, { where: path, advice: foreign[2] });
  }
  const fault = encoding === null ? encodingFault(start) : null;
  if (fault === null) return 'text';
  throw notText(path, fault);
}

async function readStart(path: string): Promise<Buffer> {
  await statOrdinaryFile(path);
  const handle = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Text inside packed files, per byte of them: an estimate that errs on the large side. */
const UNPACKED_BYTES = { text: 1, gzip: 4, zstd: 5, parquet: 3 } as const;

/** About how many bytes of text a file holds. */
export async function estimateTextBytes(path: string): Promise<number> {
  return (await stat(path)).size * UNPACKED_BYTES[await formOf(path)];
}
