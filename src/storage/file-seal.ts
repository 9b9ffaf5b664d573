/**
 * A file's size and digest, written down so that damage is seen later. Its date and inode are a hint that saves
 * reading it again; the digest is what counts.
 */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { hashFile } from './digest.js';

export const fileSealSchema = z.object({
  bytes: z.int(),
  sha256: z.string(),
  /** Of the file when it was sealed. */
  mtimeMs: z.number(),
  inode: z.number(),
});
export type FileSeal = z.infer<typeof fileSealSchema>;

/** Reads a file once and says what it holds. */
export async function sealFile(path: string, signal?: AbortSignal): Promise<FileSeal> {
  const before = await stat(path);
  const sha256 = await hashFile(path, signal);
  return sealOf(before, sha256);
}

/** The seal of a file whose digest is known already. */
export function sealOf(file: Stats, sha256: string): FileSeal {
  return { bytes: file.size, sha256, mtimeMs: file.mtimeMs, inode: file.ino };
}

/**
 * Whether a file still holds what was sealed. One whose size, date and inode are as they were is believed.
 * @param insist reads it whatever the hint says
 */
export async function fitsSeal(path: string, seal: FileSeal, insist = false): Promise<boolean> {
  const now = await stat(path).catch(() => null);
  if (now === null || now.size !== seal.bytes) return false;
  if (!insist && now.mtimeMs === seal.mtimeMs && now.ino === seal.inode) return true;
  return (await hashFile(path)) === seal.sha256;
}
