/** What this machine offers to workers, and how a run divides it. */
import type { Config } from '../../config/schema.js';
import { FsaError } from '../../errors.js';
import type { RunFile } from '../../runs/types.js';
import { listGpus } from '../../runtime/gpus.js';
import { findKernels } from '../../runtime/kernels.js';
import { readLimits } from '../../runtime/limits.js';
import type { Runtime } from '../../runtime/locate.js';
import type { Slot } from '../../runtime/slot.js';
import { planRanks, planSlots } from '../../scheduler/slots.js';
import { clusterSlots, spreadRanks } from './cluster.js';

/**
 * The slots for a run.
 * @param threads CPU threads per worker where the run's first start fixed them already
 * @throws FsaError CONFIG where GPUs are asked for and there are none
 */
export async function findSlots(
  config: Pick<Config, 'device' | 'threads'> & Partial<Pick<Config, 'cluster'>>,
  request: { parallel: number; perGpu: number; threads: number | null },
): Promise<Slot[]> {
  const { cluster } = config;
  const placed = cluster === undefined ? null : clusterSlots({ ...config, cluster }, request.parallel);
  if (placed !== null) return placed;
  const gpus = config.device === 'cpu' ? [] : await listGpus();
  const slots = planSlots(
    { cores: readLimits().processors.value, gpus },
    { ...request, device: config.device, threads: config.threads ?? request.threads },
  );
  if (slots.length === 0) {
    throw new FsaError('CONFIG', 'The configuration asks for CUDA, and this machine shows no NVIDIA GPU.', {
      where: 'device: cuda',
      advice: 'Use --device cpu, or check with nvidia-smi that the driver sees the card.',
    });
  }
  return slots;
}

/**
 * The slot of a training in several processes.
 * @param threads CPU threads of each where the run's first start fixed them already
 * @throws FsaError CONFIG where there are not as many GPUs
 */
export async function findRankSlot(
  config: Pick<Config, 'device' | 'threads' | 'cluster'>,
  request: { ranks: number; threads: number | null },
): Promise<Slot> {
  const { ranks } = request;
  const [place] = clusterSlots(config, 1) ?? [];
  // Said before anything is prepared.
  spreadRanks(config.cluster, ranks);
  // The engine says which GPUs, the pilot which of them is whose.
  if (place !== undefined) return { ...place, otherRanks: Array.from({ length: ranks - 1 }, () => null) };
  const gpus = config.device === 'cpu' ? [] : await listGpus();
  const slot = planRanks(
    { cores: readLimits().processors.value, gpus },
    { device: config.device, threads: config.threads ?? request.threads, ranks },
  );
  if (slot !== null) return slot;
  const found = gpus.length === 0 ? 'none' : `${gpus.length}`;
  throw new FsaError('CONFIG', `${ranks} ranks need ${ranks} GPUs, and this machine shows ${found}.`, {
    where: 'distill.ranks',
    advice: 'Ask for fewer with --ranks, use --device cpu, or let an engine place it with --on.',
  });
}

/**
 * Lets workers on CPUs compute with the C++ passes where they are compiled: all generation, and training in bf16
 * where the processor runs those too. A run that was begun without them goes on without: they change the last bits.
 */
export async function withKernels(
  slots: readonly Slot[],
  work: { runtime: Runtime; precision: string; generates: boolean; before: RunFile | null },
): Promise<Slot[]> {
  const begunWithout = work.before !== null && work.before.identity['kernels'] === undefined;
  if (slots[0]?.device !== 'cpu' || begunWithout) return [...slots];
  const kernels = await findKernels(work.runtime);
  if (typeof kernels === 'string') return [...slots];
  const trains = work.precision === 'bf16' && kernels.level !== 'avx2';
  return trains || work.generates ? slots.map((slot) => ({ ...slot, kernels })) : [...slots];
}

/**
 * What a job's numbers depend on besides its settings. On the CPU the thread count changes the order of sums,
 * and C++ passes the last bits.
 */
export function placementIdentity(slots: readonly Slot[]): {
  device: string;
  threads: number | null;
  kernels?: string;
} {
  const [first] = slots as [Slot];
  if (first.device !== 'cpu') return { device: 'cuda', threads: null };
  const placement = { device: 'cpu', threads: first.threads };
  if (first.kernels === undefined) return placement;
  const { digest, level } = first.kernels;
  return { ...placement, kernels: level === 'avx512' ? digest : `${digest}-${level}` };
}
