import type { KernelLibrary } from './kernels.js';

/** A place where one worker may run: a share of a GPU, or CPU threads. */
export interface Slot {
  readonly name: string;
  /** As the worker sees it: it sees one GPU at most, so `cuda:0`. */
  readonly device: 'cpu' | 'cuda:0';
  /** The worker's CUDA_VISIBLE_DEVICES; null hides every GPU. */
  readonly visibleGpu: string | null;
  readonly threads: number;
  /** The GPUs of the ranks that the worker starts beside itself; null for one on a CPU. Absent: there are none. */
  readonly otherRanks?: readonly (string | null)[];
  /** The C++ passes that the worker loads on a CPU; absent: torch does everything. */
  readonly kernels?: KernelLibrary;
}
