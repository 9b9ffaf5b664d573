/**
 * Whether a worker is alive, by three signals besides its exit (which is known at once):
 * the transport, answered by libzmq's own thread even while Python holds the GIL; the beat, which needs the
 * interpreter; and the count of work units, which needs the job. Pure: times come in, in monotonic seconds.
 */
import type { WorkerLimits } from './types.js';

export type LivenessLimits = Pick<
  WorkerLimits,
  'heartbeatSeconds' | 'lostAfterSeconds' | 'busyAfterSeconds' | 'stalledAfterSeconds'
>;

/** Why a worker is given up, as a clause that follows "The worker". */
export type Verdict = { readonly alive: true } | { readonly alive: false; readonly why: string };

export class Liveness {
  readonly #limits: LivenessLimits;
  #lastReached: number;
  #lastBeat: number;
  #lastWork: number;
  #lastCheck: number;
  #workUnits = -1;

  constructor(limits: LivenessLimits, now: number) {
    this.#limits = limits;
    this.#lastReached = this.#lastBeat = this.#lastWork = this.#lastCheck = now;
  }

  /** The transport took a message for the worker. */
  reached(now: number): void {
    this.#lastReached = now;
  }

  /** The worker's interpreter spoke. */
  heard(now: number): void {
    this.#lastBeat = now;
    this.#lastReached = now;
  }

  /** The worker's count of work units arrived with a beat. */
  counted(workUnits: number, now: number): void {
    if (workUnits !== this.#workUnits) this.#lastWork = now;
    this.#workUnits = workUnits;
  }

  /** There is nothing to do, or the worker waits for us: the work clock starts again. */
  rested(now: number): void {
    this.#lastWork = now;
  }

  /** Seconds since the interpreter last spoke. */
  silence(now: number): number {
    return now - this.#lastBeat;
  }

  /** Call once per beat interval. */
  check(now: number): Verdict {
    this.#forgiveOwnSleep(now);
    const { lostAfterSeconds, busyAfterSeconds, stalledAfterSeconds } = this.#limits;
    const unreachable = now - this.#lastReached;
    // The transport needs a third of the limit to notice silence by itself (see transportSilenceSeconds).
    if (unreachable > (lostAfterSeconds * 2) / 3) {
      return lost(`could not be reached for ${Math.round(lostAfterSeconds)} s (stopped or frozen)`);
    }
    if (this.silence(now) > busyAfterSeconds) {
      return lost(`was busy in native code and silent for ${Math.round(this.silence(now))} s`);
    }
    if (now - this.#lastWork > stalledAfterSeconds) {
      return lost(`made no progress for ${Math.round(now - this.#lastWork)} s`);
    }
    return { alive: true };
  }

  /** When we ourselves did not run (stopped, or a blocked event loop), the silence was ours. */
  #forgiveOwnSleep(now: number): void {
    const asleep = now - this.#lastCheck - this.#limits.heartbeatSeconds;
    this.#lastCheck = now;
    if (asleep < 2 * this.#limits.heartbeatSeconds) return;
    this.#lastReached = Math.min(now, this.#lastReached + asleep);
    this.#lastBeat = Math.min(now, this.#lastBeat + asleep);
    this.#lastWork = Math.min(now, this.#lastWork + asleep);
  }
}

/**
 * After how much silence the transport should drop a connection for a new one, so that all in all the limit holds.
 * Nothing is lost by that (rpc/delivery.ts), and a network that is back is used soon.
 */
export function transportSilenceSeconds(limits: Pick<WorkerLimits, 'lostAfterSeconds'>): number {
  return limits.lostAfterSeconds / 3;
}

function lost(why: string): Verdict {
  return { alive: false, why };
}

/** Monotonic: the wall clock may jump. */
export function nowSeconds(): number {
  return performance.now() / 1000;
}
