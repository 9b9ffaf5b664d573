/** The two digests by which the hub names content: SHA-256 of large files, git's blob SHA-1 of small ones. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export interface Digest {
  readonly algorithm: 'sha256' | 'git-sha1';
  /** Lower-case hexadecimal; also the name of the blob in the cache. */
  readonly hex: string;
}

/** Which hash the content is fed to, and what goes before it. @param bytes size of the content */
export function hashRecipe({ algorithm }: Digest, bytes: number): { algorithm: string; prefix: string } {
  return algorithm === 'sha256'
    ? { algorithm: 'sha256', prefix: '' }
    : { algorithm: 'sha1', prefix: `blob ${bytes}\0` };
}

/** A hash to be fed the whole content. */
export function startHash(digest: Digest, bytes: number): Hash {
  const { algorithm, prefix } = hashRecipe(digest, bytes);
  return createHash(algorithm).update(prefix);
}

/** Digest of a file's first `bytes` bytes, in hexadecimal; all of it where it has no more. */
export async function hashFile(
  path: string,
  digest: Digest,
  bytes: number,
  signal?: AbortSignal,
): Promise<string> {
  const hash = startHash(digest, bytes);
  if (bytes === 0) return hash.digest('hex');
  const options = { highWaterMark: 2 ** 20, end: bytes - 1, ...(signal === undefined ? {} : { signal }) };
  for await (const chunk of createReadStream(path, options)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
