/** What `fsa download` does: the student, the corpus and the benchmark, each pinned, checked and resumable. */
import { join } from 'node:path';
import { FsaError, toFsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import { downloadBenchmark, type BenchmarkPlan } from '../../hub/benchmark/benchmark.js';
import { downloadRepository } from '../../hub/cache/download-repository.js';
import { openConnection, type OpenConnection } from '../../hub/api/connection.js';
import { DEFAULT_CONCURRENCY, DEFAULT_LIMITS, type TransferLimits } from '../../net/limits.js';
import { exportFiles } from '../../hub/cache/export-files.js';
import { Progress } from '../../hub/transfer/progress.js';
import { Gate } from '../../net/concurrency.js';
import { readHubSettings } from '../../hub/api/settings.js';
import type { DownloadedItem, DownloadOptions } from './options.js';
import { checkDiskSpace, planTarget, type Planned } from './plan.js';
import { chooseTargets } from './targets.js';
import { tellRefusal } from '../run/dry-run.js';
import { cancelled, type Work } from '../run/run-handle.js';

export type { DownloadedItem, DownloadOptions } from './options.js';

export interface DownloadSummary {
  readonly dryRun: boolean;
  readonly items: readonly DownloadedItem[];
  readonly files: number;
  readonly bytes: number;
  /** Of these, there before. */
  readonly bytesThere: number;
  /** What came over the network. */
  readonly bytesFetched: number;
  readonly seconds: number;
}

/**
 * Downloads what is asked for, or says what it would download. What is there is checked byte for byte and used;
 * an interrupted download goes on where it stopped.
 * @param limits patience and part sizes; the defaults suit the public hub
 * @throws FsaError USAGE, DOWNLOAD, DATA (files in the way), STORAGE or CANCELLED
 */
export async function download(
  options: DownloadOptions,
  { emit, signal }: Work,
  limits: Partial<TransferLimits> = {},
): Promise<DownloadSummary> {
  const concurrency = concurrencyOf(options);
  const targets = chooseTargets(options);
  const settings = readHubSettings();
  const offline = options.offline === true || settings.offline;
  const connection = openConnection({ ...settings, offline }, { ...DEFAULT_LIMITS, ...limits }, emit, signal);
  try {
    const plans: Planned[] = [];
    for (const target of targets) plans.push(await planTarget(target, options, connection, emit));
    if (offline) for (const plan of plans) if ('benchmark' in plan) requireWhole(plan.benchmark);
    return await carryOut(plans, options, { connection, offline, concurrency, emit });
  } catch (thrown) {
    connection.abort(thrown);
    if (signal.aborted && !(thrown instanceof FsaError)) throw cancelled(signal);
    throw toFsaError(thrown);
  } finally {
    await connection.close();
  }
}

interface CarryOut {
  readonly connection: OpenConnection;
  readonly offline: boolean;
  readonly concurrency: number;
  readonly emit: Emit;
}

async function carryOut(
  plans: readonly Planned[],
  options: DownloadOptions,
  { connection, offline, concurrency, emit }: CarryOut,
): Promise<DownloadSummary> {
  const startMs = performance.now();
  for (const { item } of plans) {
    const alreadyThere = item.files.filter(({ isThere }) => isThere).length;
    emit({
      type: 'download-planned',
      what: item.repo,
      files: item.files.length,
      bytes: item.bytes,
      alreadyThere,
    });
  }
  const bytes = plans.reduce((sum, { item }) => sum + item.bytes, 0);
  const progress = new Progress(bytes, connection.limits.progressMs, emit);
  const checkSpace = async (): Promise<void> =>
    await checkDiskSpace(plans, connection.settings.cacheFolder, options.force === true);
  if (options.dryRun === true) await tellRefusal(checkSpace, emit);
  else {
    await checkSpace();
    const gate = new Gate(concurrency);
    const context = { hub: connection, gate, progress, emit };
    const how = { ...options, concurrency };
    for (const planned of plans) await downloadItem(planned, how, context, offline);
  }
  return {
    dryRun: options.dryRun === true,
    items: plans.map(({ item }) => item),
    files: plans.reduce((sum, { item }) => sum + item.files.length, 0),
    bytes,
    bytesThere: plans.reduce((sum, { item }) => sum + item.bytesThere, 0),
    bytesFetched: progress.networkBytes,
    seconds: (performance.now() - startMs) / 1000,
  };
}

async function downloadItem(
  planned: Planned,
  options: DownloadOptions & { readonly concurrency: number },
  context: { hub: OpenConnection; gate: Gate; progress: Progress; emit: Emit },
  offline: boolean,
): Promise<void> {
  const startMs = performance.now();
  const { target, item } = planned;
  // Offline nothing can be replaced by something better.
  const force = options.force === true && !offline;
  const how = { concurrency: options.concurrency, force };
  if ('benchmark' in planned) {
    await downloadBenchmark(planned.benchmark, context, how);
  } else {
    const { wanted } = planned.repository;
    const snapshot = await downloadRepository(planned.repository, context, how);
    if (target.to !== null) {
      const files = wanted.map((file) => ({ ...file, source: join(snapshot, ...file.path.split('/')) }));
      await exportFiles(files, item.folder, { force: options.force === true, signal: context.hub.signal });
    }
  }
  const seconds = (performance.now() - startMs) / 1000;
  context.emit({
    type: 'download-finished',
    what: item.repo,
    folder: item.folder,
    bytes: item.bytes,
    seconds,
  });
}

function requireWhole({ files, folder }: BenchmarkPlan): void {
  const missing = files.filter(({ isThere }) => !isThere);
  if (missing.length === 0) return;
  throw new FsaError('DOWNLOAD', 'The benchmark is not whole on this machine, and the network is off.', {
    where: folder,
    problems: missing.map(({ path }) => `${path} is missing or was never checked`),
    advice: 'Run `fsa download benchmark` without --offline and HF_HUB_OFFLINE.',
  });
}

function concurrencyOf({ concurrency = DEFAULT_CONCURRENCY }: DownloadOptions): number {
  if (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 64) return concurrency;
  throw new FsaError('USAGE', `--concurrency ${concurrency} is not a number of connections.`, {
    advice: 'Give a whole number from 1 to 64.',
  });
}
