/** `fsa cluster check`: whether an engine answers, gives a place, and a worker in it reaches us. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FsaError, isFsaError } from '../errors.js';
import { requireRuntime } from '../runtime/drift.js';
import { WorkerLostError } from '../workers/errors.js';
import { openWorkerHost, refuseThread } from '../workers/host.js';
import { clusterSlots, openCluster, openEngine } from './run/cluster.js';
import { resolveConfig, type RunOptions } from './run/options.js';
import { cancelled, type RunWork } from './run/run-handle.js';

export type ClusterCheckOptions = RunOptions;

export interface ClusterCheckResult {
  /** What the engine says of itself. */
  readonly engine: string;
  /** The machine that the worker ran on. */
  readonly host: string;
  /** Whether it sees the files of this machine; where not, they are sent to it. */
  readonly sharesDisk: boolean;
  /** From asking for a place to a worker that is ready. */
  readonly seconds: number;
  /** Of its runtime, which is this machine's; `lock` is null where `fsa setup` did not make it. */
  readonly versions: Readonly<Record<string, string | null>>;
  readonly devices: readonly string[];
}

/**
 * Starts one worker in a place of the cluster and ends it again.
 * @throws FsaError CONFIG where no cluster is set, RUNTIME where the engine does not answer, WORKER_LOST where no
 * worker comes
 */
export async function checkCluster(options: ClusterCheckOptions, work: RunWork): Promise<ClusterCheckResult> {
  refuseThread();
  const config = await resolveConfig(options);
  const engine = await openEngine(config.cluster, work.signal);
  const [slot] = clusterSlots(config, 1) ?? [];
  if (engine === null || slot === undefined) {
    throw new FsaError('CONFIG', 'No cluster is set.', {
      where: 'cluster.on',
      advice:
        'Name one with --on slurm, --on ray or --on ssh, or as cluster.on in the file that --config names.',
    });
  }
  const runtime = await requireRuntime();
  const { emit, signal } = work;
  const answer = await engine
    .probe()
    .catch((error: unknown) => {
      throw signal.aborted ? cancelled(signal) : error;
    })
    .finally(() => engine.close());
  // Here, since a run's folder lies on the file system that is shared, too.
  const folder = await mkdtemp(join(resolve(options.cwd ?? process.cwd()), '.fsa-cluster-check-'));
  try {
    const launcher = await openCluster({ config, folder, term: 1, emit, signal });
    if (launcher === null) throw new FsaError('BUG', 'The cluster that was set is gone.');
    const host = await openWorkerHost({
      python: runtime.python,
      runtime,
      emit,
      signal,
      launcher,
    });
    try {
      const startedMs = performance.now();
      const worker = await host
        .launch({ slot, logPath: join(folder, 'worker.log') })
        .catch((error: unknown) => {
          throw withoutLog(error, config.cluster.on);
        });
      const { hostname, sharesDisk, versions, devices } = worker.hello;
      const seconds = (performance.now() - startedMs) / 1000;
      const names = devices.map(({ name, description }) => `${name}: ${description}`);
      return { engine: answer, host: hostname, sharesDisk, seconds, versions, devices: names };
    } finally {
      await host.close();
      await launcher.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The log of a check goes with its folder: how it ended stands in the error. */
function withoutLog(error: unknown, on: string): unknown {
  if (!isFsaError(error) || error.code !== 'WORKER_LOST') return error;
  return new FsaError('WORKER_LOST', error.message, {
    where: `cluster.on: ${on}`,
    problems: error.problems,
    advice:
      error instanceof WorkerLostError || error.advice === null
        ? 'Mend that, and check again.'
        : error.advice,
    cause: error,
  });
}
