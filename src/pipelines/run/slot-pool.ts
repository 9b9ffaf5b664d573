/** The processors and GPUs of this process, shared by all its runs: two runs do not plan the same ones twice. */
import { readLimits } from '../../runtime/limits.js';
import type { Slot } from '../../runtime/slot.js';

interface Lease {
  readonly run: object;
  readonly slot: Slot;
}

/**
 * What a run takes for itself is its own plan; beside another run it takes only what that one leaves, and waits
 * where that is nothing.
 */
export class SlotPool {
  readonly #leases = new Set<Lease>();
  #waiting: (() => void)[] = [];

  constructor(private readonly processors: () => number) {}

  /**
   * @param run one object per run
   * @param onWait called once where the slot has to wait
   * @returns gives the slot back
   */
  async take(run: object, slot: Slot, signal: AbortSignal, onWait: () => void): Promise<() => void> {
    const lease = { run, slot };
    let told = false;
    while (!this.#fits(lease)) {
      signal.throwIfAborted();
      if (!told) onWait();
      told = true;
      await this.#change(signal);
    }
    return this.#lease(lease);
  }

  /** As `take`, and null where the slot would have to wait. */
  takeNow(run: object, slot: Slot): (() => void) | null {
    const lease = { run, slot };
    return this.#fits(lease) ? this.#lease(lease) : null;
  }

  #lease(lease: Lease): () => void {
    this.#leases.add(lease);
    return () => {
      this.#leases.delete(lease);
      for (const wake of this.#waiting.splice(0)) wake();
    };
  }

  #fits({ run, slot }: Lease): boolean {
    const leases = [...this.#leases];
    const others = leases.filter((lease) => lease.run !== run);
    const wanted = gpusOf(slot);
    if (wanted.length > 0)
      return !others.some((other) => gpusOf(other.slot).some((gpu) => wanted.includes(gpu)));
    if (!others.some((other) => other.slot.visibleGpu === null)) return true;
    const used = leases.reduce((sum, lease) => sum + processorsOf(lease.slot), 0);
    return used + processorsOf(slot) <= this.processors();
  }

  async #change(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (signal.aborted) resolve();
      this.#waiting.push(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

function gpusOf({ visibleGpu, otherRanks = [] }: Slot): string[] {
  return [visibleGpu, ...otherRanks].filter((gpu) => gpu !== null);
}

function processorsOf({ visibleGpu, threads, otherRanks = [] }: Slot): number {
  return visibleGpu === null ? threads * (1 + otherRanks.length) : 0;
}

export const PROCESS_SLOTS = new SlotPool(() => readLimits().processors.value);
