/** What Node leaves to its callers when a file is written through a handle. */
import type { FileHandle } from 'node:fs/promises';

/**
 * Writes every byte at a position. A disk that is nearly full takes a part and reports no error: only the
 * next write fails, so one write is never enough.
 */
export async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    done += (await file.write(bytes, done, bytes.byteLength - done, position + done)).bytesWritten;
  }
}

/** Errors of an open file do not say which one: gives them its path, for the message to the user. */
export function namePath(error: unknown, path: string): unknown {
  if (error instanceof Error && 'code' in error && !('path' in error)) Object.assign(error, { path });
  return error;
}
