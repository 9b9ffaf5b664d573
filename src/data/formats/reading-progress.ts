/** How far the reading of several files has come. */
import { stat } from 'node:fs/promises';

export interface ReadingProgress {
  /** Rows of all files so far. */
  readonly rows: number;
  /** Of the files as they lie on disk, read so far and in all. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** Told for the file that is read: its rows and its bytes so far. */
export type Told = (rows: number, bytes: number) => void;

/** Hands out what each file is to be told with, one call per file, in their order. */
export async function readingTeller(
  files: readonly string[],
  onProgress: ((progress: ReadingProgress) => void) | undefined,
): Promise<() => Told> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const bytesTotal = sizes.reduce((sum, size) => sum + size, 0);
  let file = 0;
  let [bytesBefore, rowsBefore, rowsNow] = [0, 0, 0];
  return () => {
    bytesBefore += sizes[file - 1] ?? 0;
    file++;
    rowsBefore += rowsNow;
    rowsNow = 0;
    return (rows, bytes) => {
      rowsNow = rows;
      onProgress?.({ rows: rowsBefore + rows, bytesDone: bytesBefore + bytes, bytesTotal });
    };
  };
}
