/** The two digests by which the hub names content: SHA-256 of large files, git's blob SHA-1 of small ones. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export interface Digest {
  readonly algorithm: 'sha256' | 'git-sha1';
  /** Lower-case hexadecimal; also the name of the blob in the cache. */
  readonly hex: string;
}

/** A hash to be fed the whole content. @param bytes size of the content, part of git's digest */
export function startHash({ algorithm }: Digest, bytes: number): Hash {
  return algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`);
}

/** Digest of a file on disk, in hexadecimal. */
export async function hashFile(
  path: string,
  digest: Digest,
  bytes: number,
  signal?: AbortSignal,
): Promise<string> {
  const hash = startHash(digest, bytes);
  const options = { highWaterMark: 2 ** 20, ...(signal === undefined ? {} : { signal }) };
  for await (const chunk of createReadStream(path, options)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
