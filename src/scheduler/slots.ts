/** Where workers may run: shares of GPUs, or CPU threads divided evenly. */

import type { Slot } from '../runtime/slot.js';

export interface Machine {
  readonly cores: number;
  /** Indices of the GPUs, as `CUDA_VISIBLE_DEVICES` names them. */
  readonly gpus: readonly string[];
}

export interface SlotRequest {
  readonly device: 'auto' | 'cpu' | 'cuda';
  readonly parallel: number;
  readonly perGpu: number;
  /** CPU threads per worker; null divides the cores. */
  readonly threads: number | null;
}

/** The one slot of a training in several processes, each on a GPU of its own; null where there are too few. */
export function planRanks(
  machine: Machine,
  { device, threads, ranks }: Pick<SlotRequest, 'device' | 'threads'> & { readonly ranks: number },
): Slot | null {
  const useGpus = device === 'cuda' || (device === 'auto' && machine.gpus.length > 0);
  const each = threads ?? Math.max(1, Math.floor(machine.cores / ranks));
  if (!useGpus) {
    const otherRanks = Array.from({ length: ranks - 1 }, () => null);
    return { name: `cpu-1x${ranks}`, device: 'cpu', visibleGpu: null, threads: each, otherRanks };
  }
  const [first, ...others] = machine.gpus.slice(0, ranks);
  if (first === undefined || others.length < ranks - 1) return null;
  const name = `gpu-${first}x${ranks}`;
  return { name, device: 'cuda:0', visibleGpu: first, threads: each, otherRanks: others };
}

/**
 * The slots of a machine, in the order they should be filled: every GPU once before any GPU twice.
 * Empty where GPUs are asked for and there are none.
 */
export function planSlots(machine: Machine, request: SlotRequest): Slot[] {
  const useGpus = request.device === 'cuda' || (request.device === 'auto' && machine.gpus.length > 0);
  const count = useGpus ? Math.min(request.parallel, machine.gpus.length * request.perGpu) : request.parallel;
  const threads = request.threads ?? Math.max(1, Math.floor(machine.cores / Math.max(1, count)));
  return Array.from({ length: count }, (_, index): Slot => {
    if (!useGpus) return { name: `cpu-${index + 1}`, device: 'cpu', visibleGpu: null, threads };
    const gpu = machine.gpus[index % machine.gpus.length] as string;
    const share = Math.floor(index / machine.gpus.length) + 1;
    return {
      name: request.perGpu === 1 ? `gpu-${gpu}` : `gpu-${gpu}.${share}`,
      device: 'cuda:0',
      visibleGpu: gpu,
      threads,
    };
  });
}
