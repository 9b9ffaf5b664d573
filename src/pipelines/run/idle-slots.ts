/** Slots that have nothing to do, in the order in which they fell idle. As many are woken as there is work for. */
import type { Job, Schedule } from '../../scheduler/schedule.js';

/** Waking all of a thousand slots for each job that ends would cost more than all decisions together. */
export class IdleSlots {
  /** Resolves when no slot will be given anything any more. */
  readonly over: Promise<null>;
  readonly #sayOver: () => void;
  readonly #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly schedule: Pick<Schedule<Job>, 'over' | 'outlook'>) {
    const { promise, resolve } = promiseOfNull();
    this.over = promise;
    this.#sayOver = resolve;
    if (schedule.over) resolve();
  }

  /**
   * Waits until there is something to ask for.
   * @param milliseconds until a job may run whatever else happens; null where only others' news can bring one
   */
  async wait(milliseconds: number | null): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.add(resolve);
      this.#setTimer(milliseconds);
    });
  }

  /** To be called whenever the schedule has been told something. */
  rouse(): void {
    if (this.schedule.over) {
      this.#setTimer(null);
      this.#sayOver();
      this.#wake(this.#waiting.size);
    } else if (this.#waiting.size > 0) {
      const { ready, nextInMs } = this.schedule.outlook();
      this.#wake(ready);
      this.#setTimer(nextInMs);
    }
  }

  #wake(count: number): void {
    let left = count;
    for (const resolve of this.#waiting) {
      if (left === 0) return;
      left -= 1;
      this.#waiting.delete(resolve);
      resolve();
    }
  }

  /** One clock for all: the job that may run soonest is the same for every slot. */
  #setTimer(milliseconds: number | null): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (milliseconds === null || this.#waiting.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.rouse();
    }, milliseconds);
  }
}

function promiseOfNull(): { readonly promise: Promise<null>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<null>((settle) => {
    resolve = () => settle(null);
  });
  return { promise, resolve };
}
