/** The cluster that a run's settings name: its launcher, its slots, and what an earlier fsa left there. */
import { basename, join } from 'node:path';
import type { ClusterConfig } from '../../config/cluster.js';
import type { Config } from '../../config/schema.js';
import { FsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import type { Slot } from '../../runtime/slot.js';
import { hashValue } from '../../storage/digest.js';
import type { Engine } from '../../workers/launchers/engine.js';
import { Patience } from '../../workers/launchers/patience.js';
import { cancelled } from './run-handle.js';
import { bindAddressOf } from '../../workers/launchers/addresses.js';
import type { RemoteLauncher } from '../../workers/launchers/remote.js';

interface ClusterRun {
  readonly config: Pick<Config, 'cluster'>;
  /** Processes in each place, each with the GPUs and processors that the settings name; one where not given. */
  readonly ranks?: number;
  readonly folder: string;
  readonly term: number;
  readonly emit: Emit;
  /** Aborted when somebody waits for the run to end. */
  readonly signal: AbortSignal;
}

/**
 * null where workers run on this machine.
 * @throws FsaError CONFIG where a setting is missing, RUNTIME where the engine does not answer, CANCELLED
 */
export async function openCluster({
  config,
  ranks = 1,
  folder,
  term,
  emit,
  signal,
}: ClusterRun): Promise<RemoteLauncher | null> {
  const { cluster } = config;
  const engine = await openEngine(cluster, signal);
  if (engine === null) return null;
  const remote = await import('../../workers/launchers/remote.js');
  const { gpusPerSlot, cpusPerSlot, memory, timeLimitMinutes, graceSeconds } = cluster;
  const { nodes, ranksPerNode } = spreadRanks(cluster, ranks);
  refuseNoTime(cluster);
  const size = { nodes, ranksPerNode, gpus: gpusPerSlot * ranksPerNode, cpus: cpusPerSlot * ranksPerNode };
  const { address, port, sharedDisk, cacheFolder, cacheGigabytes } = cluster;
  const onWarning = (message: string): void =>
    emit({ type: 'warning', message, where: `cluster.on: ${cluster.on}` });
  const blobs =
    sharedDisk === 'yes'
      ? null
      : await (await import('../../workers/blobs/blobs.js')).Blobs.open({
          address: bindAddressOf(address),
          port: port === null ? null : port + 1,
          folder: join(folder, 'workers', 'uploads'),
        });
  const launcher = new remote.RemoteLauncher(engine, {
    prefix: `fsa-${basename(folder)
      .replace(/[^\w-]/g, '_')
      .slice(0, 40)}-${hashValue(folder).slice(0, 10)}`,
    term,
    folder: join(folder, 'workers', 'places'),
    place: { ...size, memory, timeLimitMinutes, graceSeconds },
    address,
    port,
    sharedDisk,
    blobs,
    cache: { folder: cacheFolder, bytes: cacheGigabytes * 1e9 },
    onWarning,
  });
  const left = await launcher.clear().catch(async (error: unknown) => {
    await launcher.close();
    throw signal.aborted ? cancelled(signal) : error;
  });
  if (left > 0)
    onWarning(`${left} workers of an fsa that died were still with ${engine.name}: they are ended.`);
  return launcher;
}

/** @throws FsaError CONFIG where a worker would be told to leave as soon as it is there, over and over */
function refuseNoTime({ on, timeLimitMinutes, graceSeconds }: ClusterConfig): void {
  if (on !== 'slurm' || timeLimitMinutes === null) return;
  if (timeLimitMinutes * 60 > graceSeconds) return;
  throw new FsaError(
    'CONFIG',
    `A place for ${timeLimitMinutes * 60} s leaves no time for work: a worker is told to leave ${graceSeconds} s before that.`,
    {
      where: 'cluster.timeLimitMinutes',
      advice: 'Raise cluster.timeLimitMinutes, or lower cluster.graceSeconds.',
    },
  );
}

/**
 * On how many machines the ranks of a training run, and how many on each.
 * @throws FsaError CONFIG where they cannot be dealt like that
 */
export function spreadRanks(
  { on, ranksPerNode, sharedDisk }: ClusterConfig,
  ranks: number,
): { nodes: number; ranksPerNode: number } {
  if (on === 'local' || ranksPerNode === null || ranksPerNode >= ranks)
    return { nodes: 1, ranksPerNode: ranks };
  const where = 'cluster.ranksPerNode';
  const leave = 'Leave cluster.ranksPerNode unset to have all ranks on one machine';
  if (ranks % ranksPerNode !== 0)
    throw new FsaError('CONFIG', `${ranks} ranks are no multiple of ${ranksPerNode} on each machine.`, {
      where,
      advice: `${leave}, or set a divisor of ${ranks}.`,
    });
  if (on === 'ssh')
    throw new FsaError('CONFIG', 'Over ssh all ranks of a training run on one host.', {
      where,
      advice: `${leave}.`,
    });
  if (sharedDisk === 'no')
    throw new FsaError('CONFIG', 'Ranks on several machines need a disk that those share.', {
      where: 'cluster.sharedDisk: no',
      advice: `${leave}.`,
    });
  return { nodes: ranks / ranksPerNode, ranksPerNode };
}

/**
 * One place after another, all alike; null where workers run on this machine.
 * @throws FsaError CONFIG where no host is named to have one
 */
export function clusterSlots(
  { cluster, threads }: Pick<Config, 'cluster' | 'threads'>,
  wanted: number,
): Slot[] | null {
  const { on, slots, hosts, gpusPerSlot, cpusPerSlot } = cluster;
  if (on === 'local') return null;
  if (on === 'ssh') requireHosts(hosts);
  const count = slots ?? (on === 'ssh' ? Math.min(wanted, hosts.length) : wanted);
  return Array.from({ length: count }, (_, index) => ({
    name: `${on}-${index + 1}`,
    device: gpusPerSlot > 0 ? 'cuda:0' : 'cpu',
    // The engine says which GPUs; the pilot leaves its word as it is.
    visibleGpu: null,
    threads: threads ?? cpusPerSlot,
  }));
}

/** Loaded when it is asked for. @param signal aborted when somebody waits for us to end */
export async function openEngine(cluster: ClusterConfig, signal: AbortSignal): Promise<Engine | null> {
  const patience = new Patience(signal);
  switch (cluster.on) {
    case 'local':
      return null;
    case 'slurm':
      return (await import('../../workers/launchers/engines/slurm.js')).openSlurm(cluster, patience);
    case 'ray':
      if (cluster.rayAddress === null)
        throw missing('rayAddress', 'the address of the Ray dashboard, such as http://head:8265');
      return (await import('../../workers/launchers/engines/ray.js')).openRay(
        { address: cluster.rayAddress },
        patience,
      );
    case 'ssh':
      requireHosts(cluster.hosts);
      return (await import('../../workers/launchers/engines/ssh.js')).openSsh(cluster, patience);
  }
}

function requireHosts(hosts: readonly string[]): void {
  if (hosts.length === 0) throw missing('hosts', 'the hosts that workers run on');
}

function missing(setting: string, what: string): FsaError {
  return new FsaError('CONFIG', `The setting cluster.${setting} is missing: ${what}.`, {
    where: `cluster.${setting}`,
    advice: `Set it in fsa.yaml, or with --set cluster.${setting}=…`,
  });
}
