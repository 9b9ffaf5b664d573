/** Where a repository that was downloaded earlier lies, by this or by Python's client; nothing is asked of the network. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { canBeLoaded, WEIGHTS_INDEX } from '../../storage/model-files.js';
import { cachedRepository, readRef, readTree, type CachedRepository } from './layout.js';
import { unsafeNameReason } from '../api/safe-names.js';
import { checkRepository, checkRevision, type RepositoryKind } from '../api/repository.js';
import { readRecord } from './download-record.js';
import { selectFiles } from '../api/select.js';
import { hubCacheFolder } from '../api/settings.js';

/**
 * The snapshot folder of a repository, when it is whole: everything of the last finished download of that
 * commit, or else everything that fsa usually takes, is there with its right size.
 * @param revision branch, tag or commit; the branch main when left out
 */
export async function findInCache(
  id: string,
  kind: RepositoryKind,
  revision = 'main',
): Promise<string | null> {
  const cached = cachedRepository(hubCacheFolder(), checkRepository(kind, id));
  const commit = await readRef(cached, checkRevision(revision));
  if (commit === null) return null;
  return (await isWhole(cached, kind, commit)) ? cached.snapshot(commit) : null;
}

async function isWhole(cached: CachedRepository, kind: RepositoryKind, commit: string): Promise<boolean> {
  const snapshot = cached.snapshot(commit);
  const tree = await readTree(cached, commit);
  const known = tree ?? (await listSnapshot(snapshot));
  // A chosen part of a corpus is a corpus; a part of a model is not a model.
  const finished = kind === 'dataset' ? await readRecord(cached, commit) : null;
  const needed = finished ?? [...usualFiles(known, kind), ...(await shardsOf(snapshot))];
  if (kind === 'model' && !canBeLoaded(needed)) return false;
  if (kind === 'dataset' && usualFiles(needed.map(toEntry), kind).length === 0) return false;
  const sizes = new Map(tree?.map(({ path, bytes }) => [path, bytes]));
  for (const path of needed) {
    const info = await stat(join(snapshot, ...path.split('/'))).catch(() => null);
    if (info?.isFile() !== true) return false;
    if (sizes.has(path) && sizes.get(path) !== info.size) return false;
  }
  return true;
}

/** The shards that the index of a large model speaks of, for snapshots that came without a listing. */
async function shardsOf(snapshot: string): Promise<string[]> {
  const text = await readFile(join(snapshot, WEIGHTS_INDEX), 'utf8').catch(() => null);
  if (text === null) return [];
  try {
    const { weight_map: map } = indexSchema.parse(JSON.parse(text));
    return [...new Set(Object.values(map))].filter((name) => unsafeNameReason(name) === null);
  } catch {
    return [];
  }
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });
const toEntry = (path: string): { path: string } => ({ path });

function usualFiles(files: readonly { readonly path: string }[], kind: RepositoryKind): string[] {
  try {
    return selectFiles(files, kind, { include: [], exclude: [] }, '').map(({ path }) => path);
  } catch {
    return [];
  }
}

/** Every entry of a snapshot, also links to nothing: what is missing must be seen as missing. */
export async function listSnapshot(snapshot: string): Promise<{ path: string }[]> {
  const entries = await readdir(snapshot, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => ({
      path: join(entry.parentPath, entry.name)
        .slice(snapshot.length + 1)
        .replaceAll('\\', '/'),
    }));
}
