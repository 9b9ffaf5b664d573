/** In which form a data file lies on disk, by its first bytes: names may say what they like. */
import { open, stat } from 'node:fs/promises';
import { encodingFault, notText } from './bytes.js';
import { statOrdinaryFile } from './ordinary-file.js';

export type FileForm = 'text' | 'gzip' | 'zstd' | 'parquet';

const MARKS: readonly (readonly [FileForm, Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['parquet', Buffer.from('PAR1')],
];

/** @throws FsaError DATA where there is no such file, or it is neither text nor of a known form */
export async function formOf(path: string): Promise<FileForm> {
  const start = await readStart(path);
  const marked = MARKS.find(([, mark]) => start.subarray(0, mark.length).equals(mark));
  if (marked !== undefined) return marked[0];
  const fault = encodingFault(start);
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
