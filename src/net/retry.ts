/** Trying again: how long to wait, for whom, and when to give up. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Emit } from '../events.js';
import { FsaError } from '../errors.js';
import type { TransferLimits } from './limits.js';

/** A failure that may pass. Never leaves the room: after the last attempt it becomes an `FsaError`. */
export class TransientError extends Error {
  /**
   * @param askedWaitMs how long the server asked to be left alone
   * @param isDrip the server is there and sends, too slowly to be of use: patience ends sooner
   */
  constructor(
    message: string,
    readonly where: string,
    readonly askedWaitMs: number | null = null,
    readonly isDrip = false,
  ) {
    super(message);
  }
}

/**
 * The wait a server asks for, in milliseconds: `retry-after-ms` as LLM servers send it, Retry-After as
 * seconds or as a date, else the `t` of the hub's RateLimit header; null when it asks for none.
 */
export function readAskedWait(headers: Readonly<Record<string, string>>, now: number): number | null {
  const waitMs = askedWaitIn(headers, now);
  return waitMs === null ? null : Math.min(waitMs, LONGEST_ASKED_MS);
}

/** A century; beyond it a header of many digits is no time that a calendar has. */
const LONGEST_ASKED_MS = 100 * 365 * 24 * 3600 * 1000;

function askedWaitIn(headers: Readonly<Record<string, string>>, now: number): number | null {
  const exact = headers['retry-after-ms']?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(exact)) return Number(exact);
  const text = headers['retry-after']?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  if (text !== '' && !Number.isNaN(date)) return Math.max(0, date - now);
  const seconds = /(?:^|;)\s*t=(\d+)/.exec(headers['ratelimit'] ?? '')?.[1];
  return seconds === undefined ? null : Number(seconds) * 1000;
}

/** Shared by all connections of a download, so that a server that asks for rest gets it from all of them. */
export class Pace {
  #pausedUntil = 0;
  /** What was said already: eight connections that wait for one server say it once. */
  readonly #said = new Set<string>();
  readonly #limits: TransferLimits;
  readonly #emit: Emit;

  constructor(limits: TransferLimits, emit: Emit) {
    this.#limits = limits;
    this.#emit = emit;
  }

  /** Returns when requests are welcome. */
  async ready(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const waitMs = this.#pausedUntil - performance.now();
      if (waitMs <= 0) return;
      await sleep(waitMs, undefined, { signal });
    }
  }

  /** Waits as asked by the server, all connections together, or by the back-off of this one. */
  async rest(failure: TransientError, failuresInRow: number, signal: AbortSignal): Promise<void> {
    const backoffMs = jitteredBackoff(failuresInRow, this.#limits);
    const waitMs = Math.max(failure.askedWaitMs ?? 0, backoffMs);
    if (failure.askedWaitMs !== null) {
      this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + failure.askedWaitMs);
    }
    if (waitMs >= 2000 && !this.#said.has(failure.message)) {
      this.#said.add(failure.message);
      const message = `${failure.message}: waiting ${Math.ceil(waitMs / 1000)} s before trying again.`;
      this.#emit({ type: 'warning', message, where: failure.where });
    }
    await sleep(waitMs, undefined, { signal });
  }
}

/** Between half of and the whole doubled pause, so that many clients do not come back at once. */
function jitteredBackoff(failuresInRow: number, limits: TransferLimits): number {
  const ceiling = Math.min(limits.longestBackoffMs, limits.firstBackoffMs * 2 ** (failuresInRow - 1));
  return ceiling * (0.5 + Math.random() / 2);
}

/**
 * Repeats `work` while it fails in ways that may pass. Useful progress made before a failure (bytes told by
 * `mark`) starts the count of failures anew; a few bytes and a break, or a drip, count for more than one.
 * @throws FsaError DOWNLOAD after the last attempt
 */
export async function persist<T>(
  work: (mark: (bytes: number) => void) => Promise<T>,
  { pace, limits, signal }: { pace: Pace; limits: TransferLimits; signal: AbortSignal },
): Promise<T> {
  let failuresInRow = 0;
  let tries = 0;
  for (;;) {
    let bytes = 0;
    try {
      await pace.ready(signal);
      return await work((more) => {
        bytes += more;
      });
    } catch (thrown) {
      if (!(thrown instanceof TransientError)) throw thrown;
      if (bytes >= limits.usefulBytes && !thrown.isDrip) failuresInRow = tries = 0;
      failuresInRow += costOf(thrown, bytes, limits);
      refuseLongWait(thrown, limits);
      tries += 1;
      if (failuresInRow >= limits.attempts) throw givenUp(thrown, tries);
      await pace.rest(thrown, failuresInRow, signal);
    }
  }
}

/** How many failures one counts for. */
function costOf({ isDrip }: TransientError, bytes: number, limits: TransferLimits): number {
  if (isDrip) return Math.ceil(limits.attempts / 2);
  return bytes > 0 && bytes < limits.usefulBytes ? 2 : 1;
}

function refuseLongWait(failure: TransientError, limits: TransferLimits): void {
  if (failure.askedWaitMs === null || failure.askedWaitMs <= limits.longestAskedWaitMs) return;
  const minutes = Math.ceil(failure.askedWaitMs / 60_000);
  throw new FsaError('DOWNLOAD', `The server asks to be left alone for ${minutes} min.`, {
    where: failure.where,
    advice: 'Run the same command again after that time: what went over is kept.',
  });
}

function givenUp(failure: TransientError, attempts: number): FsaError {
  return new FsaError(
    'DOWNLOAD',
    `${failure.message}, ${attempts === 1 ? 'once' : `${attempts} times in a row`}.`,
    {
      where: failure.where,
      advice: 'Check the network and run the same command again: what went over is kept.',
    },
  );
}
