/**
 * The cache folder shared with Python's client (its layout is written down in the hub's documentation):
 * `<repository>/blobs/<digest>`, `snapshots/<commit>/<path>` as relative links to blobs, `refs/<revision>`
 * with a commit, and `trees/<commit>.json`, the listing that Python's client 2.x keeps and reads.
 */
import { randomBytes } from 'node:crypto';
import { copyFile, open, readFile, rename, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../storage/atomic-write.js';
import type { Digest } from '../api/digest.js';
import type { RemoteFile } from '../api/listing.js';
import { unsafeNameReason } from '../api/safe-names.js';
import { checkInside } from './export-files.js';
import { cacheFolderName, isCommit, type Repository } from '../api/repository.js';
import { makeFolder } from '../../storage/make-folder.js';

/** Paths of one repository in the cache. */
export interface CachedRepository {
  readonly folder: string;
  readonly blob: (digest: Digest) => string;
  readonly snapshot: (commit: string) => string;
}

export function cachedRepository(cacheFolder: string, repository: Repository): CachedRepository {
  const folder = join(cacheFolder, cacheFolderName(repository));
  return {
    folder,
    blob: ({ hex }) => join(folder, 'blobs', hex),
    snapshot: (commit) => join(folder, 'snapshots', commit),
  };
}

/** Makes the folders, and marks the cache as one that backups may leave out. */
export async function prepareCache(cacheFolder: string, cached: CachedRepository): Promise<void> {
  await makeFolder(join(cached.folder, 'blobs'));
  const tag =
    'Signature: 8a477f597d28d172789f06886806bc55\n# Cache directory tag of the Hugging Face cache.\n';
  const handle = await open(join(cacheFolder, 'CACHEDIR.TAG'), 'wx').catch(() => null);
  await handle?.writeFile(tag);
  await handle?.close();
}

/**
 * Makes the folders that names need, and checks that none of them leads elsewhere through a link.
 * @param paths names that `checkNames` has passed
 */
export async function prepareSnapshot(snapshot: string, paths: readonly string[]): Promise<void> {
  const folders = new Map(paths.map((path) => [dirname(join(snapshot, ...path.split('/'))), path]));
  for (const [folder, path] of folders) {
    await makeFolder(folder);
    await checkInside(folder, snapshot, path);
  }
}

/** Makes a blob appear under its name in a snapshot that `prepareSnapshot` has prepared. */
export async function linkIntoSnapshot(snapshot: string, path: string, blob: string): Promise<void> {
  const entry = join(snapshot, ...path.split('/'));
  const fresh = `${entry}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await symlink(relative(dirname(entry), blob), fresh);
  } catch (error) {
    // Windows gives links only to some users: Python's client keeps copies there too.
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
    await copyFile(blob, fresh);
  }
  await rename(fresh, entry);
}

/** The commit that a revision pointed to when it was last downloaded; null when it never was. */
export async function readRef(cached: CachedRepository, revision: string): Promise<string | null> {
  if (isCommit(revision)) return revision;
  if (unsafeNameReason(revision) !== null) return null;
  const text = await readFile(join(cached.folder, 'refs', ...revision.split('/')), 'utf8').catch(() => '');
  return isCommit(text.trim()) ? text.trim() : null;
}

export async function writeRef(cached: CachedRepository, revision: string, commit: string): Promise<void> {
  if (isCommit(revision)) return;
  await writeWithFolder(join(cached.folder, 'refs', ...revision.split('/')), commit);
}

const treeSchema = z.object({
  format_version: z.literal(1),
  files: z.record(
    z.string(),
    z.object({
      size: z.int().min(0),
      blob_id: z.string().regex(/^[0-9a-f]{40}$/),
      lfs_sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .nullish(),
      lfs_size: z.int().min(0).nullish(),
      xet_hash: z.string().nullish(),
    }),
  ),
});

/** The listing of a commit as kept by this or Python's client; null when there is none to trust. */
export async function readTree(cached: CachedRepository, commit: string): Promise<RemoteFile[] | null> {
  const text = await readFile(join(cached.folder, 'trees', `${commit}.json`), 'utf8').catch(() => null);
  if (text === null) return null;
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return null;
  }
  const tree = treeSchema.safeParse(content);
  if (!tree.success) return null;
  return Object.entries(tree.data.files).map(([path, file]) => ({
    path,
    bytes: file.lfs_size ?? file.size,
    digest:
      typeof file.lfs_sha256 === 'string'
        ? { algorithm: 'sha256', hex: file.lfs_sha256 }
        : { algorithm: 'git-sha1', hex: file.blob_id },
    gitId: file.blob_id,
    xetHash: file.xet_hash ?? null,
  }));
}

/** Keeps a listing where Python's client looks for it, in its format. */
export async function writeTree(
  cached: CachedRepository,
  commit: string,
  files: readonly RemoteFile[],
): Promise<void> {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const entries = sorted.map(({ path, bytes, digest, gitId, xetHash }) => [
    path,
    {
      size: bytes,
      blob_id: gitId,
      ...(digest.algorithm === 'sha256' ? { lfs_sha256: digest.hex, lfs_size: bytes } : {}),
      ...(xetHash === null ? {} : { xet_hash: xetHash }),
    },
  ]);
  const content = { format_version: 1, files: Object.fromEntries(entries) as unknown };
  await writeWithFolder(join(cached.folder, 'trees', `${commit}.json`), JSON.stringify(content, null, 1));
}

/** Writes a small file in one step, and its folder where that is missing. */
export async function writeWithFolder(path: string, content: string | Buffer): Promise<void> {
  await makeFolder(dirname(path));
  await writeFileAtomic(path, content);
}
