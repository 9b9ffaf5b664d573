/**
 * Asks many questions of one provider: several at once, each tried again as its failure deserves, none beyond the
 * budget, every request written down before it is sent and every answer before it counts.
 */
import { setMaxListeners } from 'node:events';
import { FsaError } from '../../errors.js';
import type { AnswerLog } from '../answers/answer-log.js';
import { AskFailure, type Answer, type Provider, type Question } from '../llm/provider.js';
import { type Amount, type Budget, type Hold, tellLeft } from '../spending/budget.js';
import { costOf, type Price } from '../spending/price.js';
import type { Clock } from './clock.js';
import type { Lanes } from './lanes.js';
import { backoffMs, fatalError, type RetryRules } from './retry-rules.js';
import type { RateLimit } from './token-bucket.js';

export interface AskItem {
  readonly key: string;
  /** What the question is about: the id of a row. */
  readonly id: string;
  readonly question: Question;
  /** The most tokens its input can be, and how many it probably is. */
  readonly boundInputTokens: number;
  readonly likelyInputTokens: number;
}

export interface AskingParts {
  readonly provider: Provider;
  readonly log: AnswerLog;
  readonly budget: Budget;
  readonly price: Price | null;
  readonly rate: RateLimit;
  readonly lanes: Lanes;
  readonly rules: RetryRules;
  readonly clock: Clock;
  /** How many questions may be under way at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Told of every question that has its answer, or none for good. */
  readonly onDone: (outcome: 'answered' | 'failed', answer: Answer | null) => void;
}

/**
 * @param items taken one at a time, so that millions need no memory
 * @throws FsaError API, BUDGET or STORAGE when what is under way has ended; the signal's reason at once
 */
export async function askAll(items: AsyncIterable<AskItem>, parts: AskingParts): Promise<void> {
  await new Asking(parts).run(items);
}

class Asking {
  /** Ends every wait, but no request: those are paid for. */
  readonly #halt = new AbortController();
  readonly #waits: AbortSignal;
  readonly #underWay = new Map<string, Promise<void>>();
  #failure: Error | null = null;
  #answersSoFar = 0;
  /** Questions given up since the last answer. */
  #givenUpInRow = 0;

  constructor(private readonly parts: AskingParts) {
    this.#waits = AbortSignal.any([parts.signal, this.#halt.signal]);
    // Every lane listens to them; Node would take more than ten for a leak, and say so on stderr.
    setMaxListeners(0, parts.signal, this.#waits);
  }

  async run(items: AsyncIterable<AskItem>): Promise<void> {
    const iterator = items[Symbol.asyncIterator]();
    const worker = async (): Promise<void> => {
      while (this.#failure === null) {
        const next = await iterator.next();
        if (next.done === true) return;
        await this.#once(next.value);
      }
    };
    const workers = Array.from({ length: this.parts.concurrency }, async () => {
      await worker().catch((error: unknown) => {
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
        this.#halt.abort();
      });
    });
    await Promise.all(workers);
    await iterator.return?.();
    if (this.#failure === null) return;
    this.parts.signal.throwIfAborted();
    throw this.#failure;
  }

  /** Rows with the same question share one request. */
  async #once(item: AskItem): Promise<void> {
    await this.#underWay.get(item.key);
    if (this.parts.log.index.has(item.key)) return;
    const asking = this.#ask(item);
    this.#underWay.set(item.key, asking);
    try {
      await asking;
    } finally {
      this.#underWay.delete(item.key);
    }
  }

  async #ask(item: AskItem): Promise<void> {
    const { lanes, rules, clock } = this.parts;
    let failures = 0;
    let answersAtLastFailure = -1;
    for (let attempt = 1; ; attempt += 1) {
      await lanes.enter(this.#waits);
      let failure: AskFailure | null;
      try {
        failure = await this.#attempt(item, attempt);
      } finally {
        lanes.leave();
      }
      if (failure === null) return;
      const fatal = fatalError(failure, rules);
      if (fatal !== null) throw fatal;
      if (failure.consequence === 'row') return;
      // While others are answered, a server that only asks to slow down has not failed.
      const moved = this.#answersSoFar !== answersAtLastFailure;
      failures = failure.details.rateLimited === true && moved ? 1 : failures + 1;
      answersAtLastFailure = this.#answersSoFar;
      if (failures >= rules.maxAttempts) {
        if (failure.details.rateLimited === true || this.#isServerLost(moved))
          throw givenUp(failure, failures);
        await this.#giveUp(item, attempt, failure);
        return;
      }
      const waitMs = Math.max(failure.details.askedWaitMs ?? 0, backoffMs(failures, rules));
      if (failure.details.rateLimited === true) lanes.slowDown(waitMs);
      else await clock.sleep(waitMs, this.#waits);
    }
  }

  /**
   * Whether it is the server, and not this question, that gives no answers: so many questions in a row had none that
   * one of them was begun after another was given up. One that nobody answers must not end a run that asks one at a time.
   */
  #isServerLost(moved: boolean): boolean {
    if (!moved) this.#givenUpInRow += 1;
    return this.#givenUpInRow > this.parts.concurrency;
  }

  /** One request, from its reservation to its line in the log; the failure is returned where there is one. */
  async #attempt(item: AskItem, attempt: number): Promise<AskFailure | null> {
    const { provider, log, rate, signal, price, onDone, lanes } = this.parts;
    const worst = worstCost(item, price);
    const hold = await this.#reserve(worst);
    try {
      await rate.take(item.likelyInputTokens + item.question.sampling.maxAnswerTokens, this.#waits);
      await log.asked({ type: 'asked', key: item.key, attempt, ...worst });
    } catch (error) {
      hold.release();
      throw error;
    }
    const startedMs = performance.now();
    const head = { key: item.key, attempt, id: item.id };
    try {
      const answer = await provider.ask(item.question, signal);
      const { amount, exact } = settle(hold, answer.usage ?? 'possibly', worst, price);
      const { text, finish, servedModel, requestId, usage } = answer;
      const ms = Math.round(performance.now() - startedMs);
      const about = { finish, model: servedModel, requestId, usage, exact, ms, reusedFrom: null, text };
      await log.answered({ type: 'answered', ...head, ...amount, ...about });
      this.#answersSoFar += 1;
      this.#givenUpInRow = 0;
      lanes.succeed();
      onDone('answered', answer);
      return null;
    } catch (error) {
      if (!(error instanceof AskFailure)) {
        hold.keep();
        throw error;
      }
      const { amount, exact } = settle(hold, error.details.charged, worst, price);
      const final = error.consequence === 'row';
      await log.failed({ type: 'failed', ...head, ...amount, exact, reason: error.message, final });
      if (final) onDone('failed', null);
      return error;
    }
  }

  /** This question gets no answer; the next start asks it again. */
  async #giveUp({ key, id }: AskItem, attempt: number, { message: reason }: AskFailure): Promise<void> {
    const nothing = { nanoUsd: 0, tokens: 0, exact: true };
    await this.parts.log.failed({ type: 'failed', key, attempt, id, ...nothing, reason, final: true });
    this.parts.onDone('failed', null);
  }

  async #reserve(worst: Amount): Promise<Hold> {
    const hold = await this.parts.budget.reserve(worst);
    if (hold !== null) return hold;
    throw new FsaError(
      'BUDGET',
      `The budget does not allow another request: ${tellLeft(this.parts.budget, worst)}.`,
      {
        advice:
          'Raise the budget and run the same command again: it goes on from here, and pays nothing twice.',
      },
    );
  }
}

/** The most a question may cost. */
export function worstCost(item: AskItem, price: Price | null): Amount {
  const usage = {
    inputTokens: item.boundInputTokens,
    cachedInputTokens: 0,
    outputTokens: item.question.sampling.maxAnswerTokens,
  };
  return costOf(usage, price);
}

/** Ends a reservation as the server's word on its cost allows; says what is counted, and whether that is exact. */
export function settle(
  hold: Hold,
  charged: AskFailure['details']['charged'],
  worst: Amount,
  price: Price | null,
): { amount: Amount; exact: boolean } {
  if (charged === 'possibly') {
    hold.keep();
    return { amount: worst, exact: false };
  }
  if (charged === 'no') {
    hold.release();
    return { amount: { nanoUsd: 0, tokens: 0 }, exact: true };
  }
  const amount = costOf(charged, price);
  hold.settle(amount);
  return { amount, exact: true };
}

function givenUp(failure: AskFailure, times: number): FsaError {
  return new FsaError('API', `${failure.message}, ${times} times in a row.`, {
    advice: 'Check the server and run the same command again: every answer so far is kept.',
  });
}
