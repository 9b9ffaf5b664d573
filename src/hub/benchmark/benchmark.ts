/** The benchmark, file by file from the paper's repository at a pinned commit, each checked against its digest. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FsaError } from '../../errors.js';
import { hashBytes } from '../../storage/digest.js';
import type { BenchmarkFile, BenchmarkManifest } from './manifest.js';
import { readSeenFiles, writeSeenFiles, type SeenFile, type SeenFiles } from './digest-record.js';
import { writeWithFolder } from '../cache/layout.js';
import type { TransferContext } from '../transfer/fetch-blob.js';
import { checkNames } from '../api/safe-names.js';
import { checkInside, refuseToReplace } from '../cache/export-files.js';
import { forEachAtOnce } from '../../net/concurrency.js';
import { refusalOf } from '../api/refusals.js';
import { steadyBody } from '../../net/steady-body.js';
import { persist, TransientError } from '../../net/retry.js';
import { makeFolder } from '../../storage/make-folder.js';

/** No file of the benchmark is near this; it bounds what a wrong server can make us keep. */
const MOST_BYTES = 64 * 2 ** 20;

export interface BenchmarkPlan {
  readonly manifest: BenchmarkManifest;
  readonly folder: string;
  readonly files: readonly (BenchmarkFile & { readonly isThere: boolean; readonly differs: boolean })[];
  readonly seen: SeenFiles;
}

/** Compares what is in the folder with what is known; asks nothing of the network. */
export async function planBenchmark(manifest: BenchmarkManifest, folder: string): Promise<BenchmarkPlan> {
  checkNames(
    manifest.files.map(({ path }) => path),
    manifest.repository,
  );
  const seen = await readSeenFiles();
  const files: BenchmarkPlan['files'][number][] = [];
  for (const file of manifest.files) {
    const known = knownOf(manifest, file, seen);
    const content = await readFile(join(folder, ...file.path.split('/'))).catch(() => null);
    const same = content !== null && known !== null && hashBytes(content) === known.sha256;
    files.push({
      ...file,
      bytes: known?.bytes ?? null,
      sha256: known?.sha256 ?? null,
      isThere: same,
      differs: content !== null && known !== null && !same,
    });
  }
  return { manifest, folder, files, seen };
}

/**
 * Downloads every file that is missing.
 * @throws FsaError DATA when files that differ are in the way and `force` is false
 * @throws FsaError DOWNLOAD when bytes are wrong twice
 */
export async function downloadBenchmark(
  plan: BenchmarkPlan,
  context: TransferContext,
  { concurrency, force }: { concurrency: number; force: boolean },
): Promise<void> {
  const { manifest, folder } = plan;
  const different = plan.files.filter(({ differs }) => differs).map(({ path }) => path);
  if (different.length > 0 && !force) throw refuseToReplace(different, folder);
  const fresh: Record<string, SeenFile> = {};
  await makeFolder(folder);
  try {
    await forEachAtOnce(plan.files, concurrency, async (file) => {
      const target = join(folder, ...file.path.split('/'));
      if (file.isThere && !force) {
        context.progress.found(manifest.repository, file.path, file.bytes ?? 0);
        return;
      }
      const content = await context.gate.run(async () => await fetchChecked(manifest, file, context));
      await makeFolder(dirname(target));
      await checkInside(dirname(target), folder, file.path);
      await refuseUnknownDifference(file, target, content, folder, force);
      await writeWithFolder(target, content);
      if (file.sha256 === null) {
        fresh[keyOf(manifest, file)] = { bytes: content.length, sha256: hashBytes(content) };
      }
    });
  } finally {
    await writeSeenFiles(fresh);
  }
}

/** A file that could not be judged before the download: judged now, against what came. */
async function refuseUnknownDifference(
  file: BenchmarkFile,
  target: string,
  content: Buffer,
  folder: string,
  force: boolean,
): Promise<void> {
  if (force || (await stat(target).catch(() => null)) === null) return;
  if (!(await readFile(target)).equals(content)) throw refuseToReplace([file.path], folder);
}

async function fetchChecked(
  manifest: BenchmarkManifest,
  file: BenchmarkFile,
  context: TransferContext,
): Promise<Buffer> {
  const host = context.hub.settings.benchmarkHost;
  const url = `${host}/${manifest.repository}/${manifest.commit}/${manifest.folder}/${file.path}`;
  let found = '';
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const content = await fetchWhole(manifest, file, url, context);
    if (file.sha256 === null) {
      requireJsonArray(content, file.path, url);
      return content;
    }
    found = hashBytes(content);
    if (found === file.sha256) return content;
    context.progress.found(manifest.repository, file.path, -content.length);
    const message = `${file.path} came with wrong bytes (${found} instead of ${file.sha256}).`;
    context.emit({ type: 'warning', message, where: url });
  }
  throw new FsaError(
    'DOWNLOAD',
    `${file.path} came twice with wrong bytes: sha256 is ${found}, should be ${file.sha256 ?? 'unknown'}.`,
    { where: url, advice: 'A mirror or proxy may hold a damaged copy: try without it, or try again later.' },
  );
}

/** Small enough to be held whole and asked for anew after a break. */
async function fetchWhole(
  manifest: BenchmarkManifest,
  { path }: BenchmarkFile,
  url: string,
  { hub, progress }: TransferContext,
): Promise<Buffer> {
  const asked = {
    name: `the benchmark ${manifest.repository}`,
    revision: manifest.commit,
    page: `https://github.com/${manifest.repository}`,
    hasToken: false,
  };
  return await persist(async () => {
    const response = await hub.client.get(url, { signal: hub.signal, anonymous: true });
    try {
      if (response.status !== 200) throw refusalOf(response, asked);
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of steadyBody(response, hub.limits)) {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MOST_BYTES) {
          throw new FsaError('DOWNLOAD', `${path} is larger than any file of the benchmark.`, { where: url });
        }
      }
      const announced = response.headers['content-length'];
      if (announced !== undefined && Number(announced) !== bytes) {
        throw new TransientError(`${path} was cut short`, response.url);
      }
      progress.came(manifest.repository, path, bytes);
      return Buffer.concat(chunks);
    } finally {
      response.discard();
    }
  }, hub);
}

/** With no digest to go by, at least an error page is not taken for data. */
function requireJsonArray(content: Buffer, path: string, url: string): void {
  try {
    if (Array.isArray(JSON.parse(content.toString('utf8').replace(/^\uFEFF/, '')))) return;
  } catch {
    // Told below.
  }
  throw new FsaError('DOWNLOAD', `What came for ${path} is not a JSON array.`, {
    where: url,
    advice: 'Something else may be answering: check FSA_BENCHMARK_URL and the proxy.',
  });
}

function knownOf(manifest: BenchmarkManifest, file: BenchmarkFile, seen: SeenFiles): SeenFile | null {
  if (file.sha256 !== null && file.bytes !== null) return { bytes: file.bytes, sha256: file.sha256 };
  return seen[keyOf(manifest, file)] ?? null;
}

const keyOf = ({ repository, commit, folder }: BenchmarkManifest, { path }: BenchmarkFile): string =>
  `${repository}/${commit}/${folder}/${path}`;
