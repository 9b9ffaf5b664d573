/** Files of JSON lines that survive being cut anywhere. */
import { constants, createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/**
 * Takes off a last line that has no line break: what a kill leaves of an append.
 * A file that is not there counts as empty.
 */
export async function keepWholeLines(path: string): Promise<void> {
  const { file } = await openWholeLines(path);
  await file.close();
}

/** As `keepWholeLines`, and leaves the file open for reading and writing at any place. */
export async function openWholeLines(
  path: string,
): Promise<{ readonly file: FileHandle; readonly bytes: number }> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT);
  try {
    const { size } = await file.stat();
    const bytes = size === 0 ? 0 : await endOfLastWholeLine(file, size);
    if (bytes < size) await file.truncate(bytes);
    return { file, bytes };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Byte position after the last line break, searched backwards. */
async function endOfLastWholeLine(handle: FileHandle, size: number): Promise<number> {
  const chunk = Buffer.alloc(64 * 1024);
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - chunk.length);
    const { bytesRead } = await handle.read(chunk, 0, end - start, start);
    const at = chunk.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

/** The JSON values of a file's whole lines, one at a time; lines that are no JSON are passed over. */
export async function* readJsonLines(path: string): AsyncGenerator {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      continue;
    }
    yield value;
  }
}
