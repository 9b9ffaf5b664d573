/** What a download of one repository would do, before it does anything. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FsaError } from '../../errors.js';
import { cachedRepository, readRef, readTree, type CachedRepository } from './layout.js';
import { listRepository, resolveCommit, type HubConnection, type RemoteFile } from '../api/listing.js';
import { checkNames } from '../api/safe-names.js';
import { downloadCommand, pageUrl, type Repository } from '../api/repository.js';
import { selectFiles, type Selection } from '../api/select.js';

export interface PlannedFile {
  readonly path: string;
  readonly bytes: number;
  /** Whether content of the right size is there; its bytes are checked when the download runs. */
  readonly isThere: boolean;
}

export interface RepositoryPlan {
  readonly repository: Repository;
  readonly revision: string;
  readonly commit: string;
  readonly cached: CachedRepository;
  /** Everything in the repository. */
  readonly listing: readonly RemoteFile[];
  readonly wanted: readonly (RemoteFile & PlannedFile)[];
}

export interface PlanRequest {
  readonly repository: Repository;
  readonly revision: string;
  readonly selection: Selection;
  readonly cacheFolder: string;
  /** Ask for the listing even where it was kept. */
  readonly relist: boolean;
}

/**
 * Pins the revision to a commit and lists what is wanted of it.
 * @param hub null works offline, from what is in the cache
 * @throws FsaError DOWNLOAD when the hub does not give it, or when it is not there and the network is off
 */
export async function planRepository(
  { repository, revision, selection, cacheFolder, relist }: PlanRequest,
  hub: HubConnection | null,
): Promise<RepositoryPlan> {
  const cached = cachedRepository(cacheFolder, repository);
  const commit =
    hub === null ? await readRef(cached, revision) : await resolveCommit(repository, revision, hub);
  if (commit === null) throw notThere(repository, revision, cached);
  // A commit never changes, so a listing that was kept is as good as a new one.
  const kept = relist && hub !== null ? null : await readTree(cached, commit);
  const listing = kept ?? (hub === null ? null : await listRepository(repository, commit, hub));
  if (listing === null) throw notThere(repository, revision, cached);
  const where = hub === null ? cached.folder : pageUrl(hub.settings.endpoint, repository);
  const chosen = selectFiles(listing, repository.kind, selection, where);
  checkNames(
    chosen.map(({ path }) => path),
    where,
  );
  const wanted = await Promise.all(
    chosen.map(async (file) => ({ ...file, isThere: await hasContent(cached, commit, file) })),
  );
  const missing = wanted.filter(({ isThere }) => !isThere);
  if (hub === null && missing.length > 0) throw notThere(repository, revision, cached, missing);
  return { repository, revision, commit, cached, listing, wanted };
}

/** As a blob, or as a plain file in the snapshot, as caches without links have it. */
async function hasContent(cached: CachedRepository, commit: string, file: RemoteFile): Promise<boolean> {
  for (const path of [cached.blob(file.digest), join(cached.snapshot(commit), ...file.path.split('/'))]) {
    const info = await stat(path).catch(() => null);
    if (info?.isFile() === true && info.size === file.bytes) return true;
  }
  return false;
}

function notThere(
  repository: Repository,
  revision: string,
  cached: CachedRepository,
  missing: readonly PlannedFile[] = [],
): FsaError {
  return new FsaError('DOWNLOAD', `${repository.id} is not whole on this machine, and the network is off.`, {
    where: cached.folder,
    problems: missing.slice(0, 10).map(({ path }) => `${path} is missing`),
    advice: `Run \`${downloadCommand(repository, revision === 'main' ? null : revision)}\` without --offline and HF_HUB_OFFLINE.`,
  });
}
