/** Which failures end everything, and how long to wait after the others. */
import { FsaError } from '../../errors.js';
import type { AskFailure } from '../llm/provider.js';

export interface RetryRules {
  /** Failures of one question before it is given up. */
  readonly maxAttempts: number;
  /** Longest pause that a server may ask for. */
  readonly maxWaitMs: number;
  /** First pause after a failure; doubles each time up to the longest, with jitter. */
  readonly firstBackoffMs: number;
  readonly longestBackoffMs: number;
}

/** The error for a failure that no further question would escape; null for the others. */
export function fatalError(failure: AskFailure, rules: RetryRules): FsaError | null {
  const { askedWaitMs = null, advice } = failure.details;
  if (failure.consequence === 'stop') {
    return new FsaError('API', `${failure.message}.`, advice === undefined ? {} : { advice });
  }
  if (failure.consequence === 'again' && askedWaitMs !== null && askedWaitMs > rules.maxWaitMs) {
    const back = new Date(Date.now() + askedWaitMs).toISOString().slice(0, 19);
    return new FsaError('API', `The server asks to be left alone until ${back}Z.`, {
      advice:
        'Run the same command again after that time, or raise llm.maxWaitSeconds: every answer is kept.',
    });
  }
  return null;
}

/** Between half of and the whole doubled pause, so that many lanes do not come back at once. */
export function backoffMs(failures: number, rules: RetryRules): number {
  const ceiling = Math.min(rules.longestBackoffMs, rules.firstBackoffMs * 2 ** (failures - 1));
  return ceiling * (0.5 + Math.random() / 2);
}
