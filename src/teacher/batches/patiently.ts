/** A call to the batch service, tried again as its failure deserves. */
import { FsaError } from '../../errors.js';
import type { Clock } from '../asking/clock.js';
import { backoffMs, fatalError, type RetryRules } from '../asking/retry-rules.js';
import { AskFailure } from '../llm/provider.js';

export interface Patience {
  readonly rules: RetryRules;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** @throws FsaError API where it will not pass, or has not */
export async function patiently<T>(call: () => Promise<T>, { rules, clock, signal }: Patience): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof AskFailure)) throw error;
      const fatal = fatalError(error, rules);
      if (fatal !== null) throw fatal;
      if (error.consequence === 'row' || attempt >= rules.maxAttempts) {
        throw new FsaError('API', `${error.message}.`, {
          advice: 'Run the same command again: batches under way are found again, and nothing is paid twice.',
        });
      }
      await clock.sleep(Math.max(error.details.askedWaitMs ?? 0, backoffMs(attempt, rules)), signal);
    }
  }
}
