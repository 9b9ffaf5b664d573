/** The files of a push against their digests: a folder that changes meanwhile must not become a commit. */
import { FsaError } from '../../errors.js';
import { hashBytes, hashFile } from '../../storage/digest.js';
import { hashFile as hashAsHubDoes, startHash, type Digest } from '../api/digest.js';
import type { RemoteFile } from '../api/listing.js';

/** A file of the commit: one that lies on the disk, or text made for the hub. */
export type PushedFile =
  | { readonly path: string; readonly bytes: number; readonly source: string; readonly sha256: string }
  | { readonly path: string; readonly bytes: number; readonly text: string };

interface CommitLine {
  readonly key: string;
  readonly value: { readonly path?: string; readonly oid?: string; readonly content?: string };
}

/**
 * Looks at a commit as it is about to leave: large files go by the digest of the moment in which they were read,
 * small ones as they were read last.
 * @throws FsaError CONFIG naming the file that is another than when the push began
 */
export function requireSameBytes(commit: string, files: readonly PushedFile[]): void {
  const lines = commit.split('\n').map((line) => JSON.parse(line) as CommitLine);
  const digests = new Map(
    lines
      .filter(({ key }) => key !== 'header')
      .map(({ value: { path, oid, content = '' } }) => [
        path,
        oid ?? hashBytes(Buffer.from(content, 'base64')),
      ]),
  );
  for (const file of files)
    if ('source' in file && digests.get(file.path) !== file.sha256) throw changed(file.path, file.source);
}

/** Reads every file again, after something failed. @throws FsaError CONFIG where one has changed: that is why */
export async function requireUnchanged(files: readonly PushedFile[], cause: unknown): Promise<void> {
  for (const file of files) {
    if (!('source' in file)) continue;
    const { path, source } = file;
    const found = await hashFile(source).catch(() => null);
    if (found !== file.sha256) throw changed(path, source, cause);
  }
}

function changed(path: string, where: string, cause?: unknown): FsaError {
  return new FsaError('CONFIG', `${path} changed while it was pushed.`, {
    where,
    advice: 'Push again when nothing writes to the folder.',
    cause,
  });
}

/** Whether a listing of the hub holds every file with the very same content. */
export async function areListed(
  files: readonly PushedFile[],
  listing: readonly RemoteFile[],
): Promise<boolean> {
  const there = new Map(listing.map((file) => [file.path, file]));
  for (const file of files) {
    const found = there.get(file.path);
    if (found?.bytes !== file.bytes) return false;
    if (found.digest.hex !== (await digestOf(file, found.digest))) return false;
  }
  return true;
}

async function digestOf(file: PushedFile, kind: Digest): Promise<string> {
  return 'text' in file
    ? startHash(kind, file.bytes).update(file.text).digest('hex')
    : await hashAsHubDoes(file.source, kind, file.bytes);
}
