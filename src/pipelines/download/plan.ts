/** What a download would do: commits pinned, files listed, what is there counted, room on the disk checked. */
import type { Emit } from '../../events.js';
import { resolve } from 'node:path';
import { planBenchmark, type BenchmarkPlan } from '../../hub/benchmark/benchmark.js';
import type { OpenConnection } from '../../hub/api/connection.js';
import { freeBytesAt, onOneDisk, requireDiskSpace } from '../../storage/disk-room.js';
import { planRepository, type RepositoryPlan } from '../../hub/cache/plan.js';
import { hasOnlyPickles } from '../../storage/model-files.js';
import type { DownloadedItem, DownloadOptions } from './options.js';
import type { DownloadTarget } from './targets.js';

export type Planned =
  | { readonly target: DownloadTarget; readonly item: DownloadedItem; readonly repository: RepositoryPlan }
  | { readonly target: DownloadTarget; readonly item: DownloadedItem; readonly benchmark: BenchmarkPlan };

/** Asks the hub (or, offline, the cache) what there is. */
export async function planTarget(
  target: DownloadTarget,
  options: DownloadOptions,
  connection: OpenConnection,
  emit: Emit,
): Promise<Planned> {
  const folder = target.to === null ? null : resolve(options.cwd ?? process.cwd(), target.to);
  if (target.what === 'benchmark') {
    const benchmark = await planBenchmark(target.manifest, folder ?? '.');
    const { repository: repo, commit } = target.manifest;
    const place = { repo, revision: commit, commit, folder: benchmark.folder };
    return { target, benchmark, item: await describe(target.what, benchmark.files, place) };
  }
  const hub = connection.settings.offline ? null : connection;
  const selection = { include: options.include ?? [], exclude: options.exclude ?? [] };
  const repository = await planRepository(
    {
      repository: target.repository,
      revision: target.revision,
      selection,
      cacheFolder: connection.settings.cacheFolder,
      relist: options.force === true,
    },
    hub,
  );
  if (hub !== null && hasOnlyPickles(repository.wanted.map(({ path }) => path))) {
    const message = `${target.repository.id} has its weights only as pickles, which can run code and are never opened; often a pull request there holds them as safetensors (--revision refs/pr/1).`;
    emit({ type: 'warning', message, where: null });
  }
  const { commit, revision, cached, wanted } = repository;
  const place = { repo: target.repository.id, revision, commit, folder: folder ?? cached.snapshot(commit) };
  return { target, repository, item: await describe(target.what, wanted, place) };
}

async function describe(
  what: DownloadedItem['what'],
  files: DownloadedItem['files'],
  place: Pick<DownloadedItem, 'repo' | 'revision' | 'commit' | 'folder'>,
): Promise<DownloadedItem> {
  const sum = (list: typeof files): number => list.reduce((total, { bytes }) => total + (bytes ?? 0), 0);
  return {
    what,
    ...place,
    files: files.map(({ path, bytes, isThere }) => ({ path, bytes, isThere })),
    bytes: sum(files),
    bytesThere: sum(files.filter(({ isThere }) => isThere)),
    freeBytes: await freeBytesAt(place.folder),
  };
}

/** Everything has to fit before anything is fetched; copies for `to` only count on another disk. */
export async function checkDiskSpace(
  plans: readonly Planned[],
  cacheFolder: string,
  force: boolean,
): Promise<void> {
  let forCache = 0;
  for (const planned of plans) {
    const { bytes, bytesThere, folder } = planned.item;
    const missing = force ? bytes : bytes - bytesThere;
    if ('benchmark' in planned) {
      await requireSpaceForDownload(folder, missing);
      continue;
    }
    forCache += missing;
    if (planned.target.to !== null && !(await onOneDisk(folder, cacheFolder)))
      await requireSpaceForDownload(folder, bytes);
  }
  await requireSpaceForDownload(cacheFolder, forCache);
}

async function requireSpaceForDownload(folder: string, neededBytes: number): Promise<void> {
  await requireDiskSpace('The download', folder, neededBytes, { otherDisk: 'HF_HUB_CACHE or --to' });
}
