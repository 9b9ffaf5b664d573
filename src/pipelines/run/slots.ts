/** What this machine offers to workers, and how a run divides it. */
import type { Config } from '../../config/schema.js';
import { FsaError } from '../../errors.js';
import { listGpus } from '../../runtime/gpus.js';
import { readLimits } from '../../runtime/limits.js';
import type { Slot } from '../../runtime/slot.js';
import { planSlots } from '../../scheduler/slots.js';

/**
 * The slots for a run.
 * @param threads CPU threads per worker where the run's first start fixed them already
 * @throws FsaError CONFIG where GPUs are asked for and there are none
 */
export async function findSlots(
  config: Pick<Config, 'device' | 'threads'>,
  request: { parallel: number; perGpu: number; threads: number | null },
): Promise<Slot[]> {
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

/** What a job's numbers depend on besides its settings; the thread count changes the order of sums on the CPU. */
export function placementIdentity(slots: readonly Slot[]): { device: string; threads: number | null } {
  const [first] = slots as [Slot];
  return first.device === 'cpu'
    ? { device: 'cpu', threads: first.threads }
    : { device: 'cuda', threads: null };
}
