/** Carries out the plan for one repository: blobs, then links to them, and the reference last of all. */
import { randomBytes } from 'node:crypto';
import { copyFile, lstat, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { linkIntoSnapshot, prepareCache, prepareSnapshot, writeRef, writeTree } from './layout.js';
import { hashFile } from '../api/digest.js';
import { fetchBlob, type TransferContext } from '../transfer/fetch-blob.js';
import type { RemoteFile } from '../api/listing.js';
import type { RepositoryPlan } from './plan.js';
import { forEachAtOnce } from '../../net/concurrency.js';
import { writeRecord } from './download-record.js';
import { fileUrl, pageUrl } from '../api/repository.js';

/** @returns the snapshot folder, in which every wanted file is now there and checked */
export async function downloadRepository(
  plan: RepositoryPlan,
  context: TransferContext,
  { concurrency, force }: { concurrency: number; force: boolean },
): Promise<string> {
  const { cached, commit, repository, revision, wanted } = plan;
  const { settings } = context.hub;
  await prepareCache(settings.cacheFolder, cached);
  await prepareSnapshot(
    cached.snapshot(commit),
    wanted.map(({ path }) => path),
  );
  const asked = {
    name: `the ${repository.kind} ${repository.id}`,
    revision,
    page: pageUrl(settings.endpoint, repository),
    hasToken: settings.token !== null,
  };
  const downloadAll = forEachAtOnce(wanted, concurrency, async (file) => {
    const target = cached.blob(file.digest);
    if (!force) await reuseExistingFile(plan, file);
    await fetchBlob(
      {
        url: fileUrl(settings.endpoint, repository, commit, file.path),
        target,
        bytes: file.bytes,
        digest: file.digest,
        asked,
        what: repository.id,
        file: file.path,
        force,
      },
      context,
    );
    await linkIntoSnapshot(cached.snapshot(commit), file.path, target);
  });
  await Promise.all([downloadAll, writeTree(cached, commit, plan.listing)]);
  await writeRecord(
    cached,
    commit,
    wanted.map(({ path }) => path),
  );
  await writeRef(cached, revision, commit);
  return cached.snapshot(commit);
}

/** A cache without links has the content under its name only: a right one need not be fetched again. */
async function reuseExistingFile({ cached, commit }: RepositoryPlan, file: RemoteFile): Promise<void> {
  const blob = cached.blob(file.digest);
  if ((await stat(blob).catch(() => null)) !== null) return;
  const entry = join(cached.snapshot(commit), ...file.path.split('/'));
  const info = await lstat(entry).catch(() => null);
  if (info?.isFile() !== true || info.size !== file.bytes) return;
  if ((await hashFile(entry, file.digest, file.bytes)) !== file.digest.hex) return;
  const fresh = `${blob}.${randomBytes(4).toString('hex')}.incomplete`;
  await copyFile(entry, fresh);
  await rename(fresh, blob);
}
