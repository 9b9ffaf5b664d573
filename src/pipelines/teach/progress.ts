/** How the asking goes, told a few times a second. */
import type { AnswerLog } from '../../teacher/answers/answer-log.js';
import type { Answer } from '../../teacher/llm/provider.js';
import type { Kind } from '../../teacher/prompts/kinds.js';
import type { Budget } from '../../teacher/spending/budget.js';
import type { Price } from '../../teacher/spending/price.js';
import type { Emit } from '../../events.js';
import type { TeachPlan } from './plan.js';
import { toUsd } from '../llm/teacher.js';

const TOLD_EVERY_MS = 250;

interface ProgressContext {
  readonly plan: TeachPlan;
  readonly log: AnswerLog;
  readonly budget: Budget;
  readonly price: Price | null;
  /** US dollars; null where nothing limits it. */
  readonly usdBudget: number | null;
  readonly emit: Emit;
}

export class TeachProgress {
  readonly #startedMs = performance.now();
  readonly #before: number;
  #toldMs = this.#startedMs;
  #answered = 0;
  #failed = 0;
  #inputTokens = 0;
  #outputTokens = 0;

  constructor(
    private readonly kind: Kind,
    private readonly context: ProgressContext,
  ) {
    this.#before = Math.min(context.log.index.answers, context.plan.reviews);
  }

  readonly count = (outcome: 'answered' | 'failed', answer: Answer | null): void => {
    if (outcome === 'answered') this.#answered += 1;
    else this.#failed += 1;
    this.#inputTokens += answer?.usage?.inputTokens ?? 0;
    this.#outputTokens += answer?.usage?.outputTokens ?? 0;
    const nowMs = performance.now();
    const total = this.context.plan.reviews;
    const done = Math.min(total, this.#before + this.#answered + this.#failed);
    if (nowMs - this.#toldMs < TOLD_EVERY_MS && done < total) return;
    this.#toldMs = nowMs;
    this.#tell(done, total, (nowMs - this.#startedMs) / 1000);
  };

  #tell(done: number, total: number, seconds: number): void {
    const { budget, price, usdBudget, emit } = this.context;
    const perSecond = seconds > 0 ? (this.#answered + this.#failed) / seconds : 0;
    emit({
      type: 'teach-progress',
      what: this.kind,
      done,
      total,
      failed: this.#failed,
      perSecond,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      usdSpent: toUsd(budget.spent.nanoUsd, price),
      usdPossible: toUsd(budget.possiblyCharged.nanoUsd, price),
      usdBudget,
      secondsLeft: perSecond > 0 ? (total - done) / perSecond : null,
    });
  }
}
