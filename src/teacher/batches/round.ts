/** A round of batches: what it came to, and whether another makes sense. */
import { FsaError } from '../../errors.js';
import type { OpenBatch } from './ledger.js';
import type { BatchState } from './service.js';

export interface Round {
  answered: number;
  readonly failed: Map<string, string>;
  readonly givenUp: Set<string>;
  readonly reasons: Set<string>;
  stopped: Error | null;
}

export const newRound = (): Round => ({
  answered: 0,
  failed: new Map(),
  givenUp: new Set(),
  reasons: new Set(),
  stopped: null,
});

/** Another round would go as this one did. */
export function refuseStandstill({ answered, failed, givenUp, reasons }: Round): void {
  if (answered + failed.size + givenUp.size > 0) return;
  throw new FsaError('API', 'A batch came back without a single answer.', {
    problems: [...reasons].slice(0, 5),
    advice: 'Run the same command again later, or with a lower llm.batchRows: every answer is kept.',
  });
}

/** What the end of a batch means for the others. */
export function judgeEnd({ batchId, token }: OpenBatch, { status, errors }: BatchState, round: Round): void {
  const where = batchId ?? token;
  for (const { message, code, line } of errors?.data ?? []) {
    round.reasons.add(`${message ?? code ?? 'no reason is given'}${line == null ? '' : ` (line ${line})`}`);
  }
  const isTooMuch = (errors?.data ?? []).some(({ code }) => code === 'token_limit_exceeded');
  if (status === 'cancelled') {
    round.stopped ??= new FsaError('API', 'The batch was cancelled.', {
      where,
      advice: 'Run the same command again for what it left out; every answer is kept.',
    });
  } else if (status === 'failed' && !isTooMuch) {
    round.stopped ??= new FsaError('API', 'The server refuses the batch.', {
      where,
      problems: [...round.reasons].slice(0, 5),
      advice: 'Nothing of it was charged; ask without --batch where the server does not take one.',
    });
  } else if (status === 'expired') round.reasons.add('the batch expired');
}
