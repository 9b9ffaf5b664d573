/** What the asking has cost up to now, over all starts in the folder. */
import { type Teacher, toUsd } from '../llm/teacher.js';
import type { TeachRun } from './open.js';
import type { TeachCosts } from './types.js';

export function costsOf(run: TeachRun, { price }: Teacher, judge: Teacher | null): TeachCosts {
  const { spent, possible, atServer } = run.spending();
  // A sum is only known where everybody's price is.
  const whole = judge === null || judge.price !== null ? price : null;
  return {
    usdSpent: toUsd(spent.nanoUsd, whole),
    usdPossible: toUsd(possible.nanoUsd + atServer.nanoUsd, whole),
    priceSource: price?.source ?? null,
    tokens: spent.tokens,
    lostRequests: run.lostRequests,
  };
}
