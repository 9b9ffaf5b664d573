/** How the asking goes, told a few times a second. */
import type { Answer } from '../../teacher/llm/provider.js';
import type { Budget } from '../../teacher/spending/budget.js';
import type { Price } from '../../teacher/spending/price.js';
import type { Emit } from '../../events.js';
import { toUsd } from '../llm/teacher.js';

const TOLD_EVERY_MS = 250;

interface ProgressContext {
  /** Questions in all, and those that had their answer before. */
  readonly total: number;
  readonly before: number;
  readonly budget: Budget;
  readonly price: Price | null;
  /** US dollars; null where nothing limits it. */
  readonly usdBudget: number | null;
  readonly emit: Emit;
}

export class TeachProgress {
  readonly #startedMs = performance.now();
  #toldMs = this.#startedMs;
  #answered = 0;
  #failed = 0;
  #inputTokens = 0;
  #outputTokens = 0;
  readonly #atServer = new Map<string, number>();

  constructor(
    private readonly what: string,
    private readonly context: ProgressContext,
  ) {}

  /** Questions that the server has dealt with, and that are not read back yet. */
  readonly atServer = (token: string, done: number): void => {
    this.#atServer.set(token, done);
    this.tell();
  };

  readonly count = (outcome: 'answered' | 'failed', answer: Pick<Answer, 'usage'> | null): void => {
    if (outcome === 'answered') this.#answered += 1;
    else this.#failed += 1;
    this.#inputTokens += answer?.usage?.inputTokens ?? 0;
    this.#outputTokens += answer?.usage?.outputTokens ?? 0;
    if (performance.now() - this.#toldMs >= TOLD_EVERY_MS || this.#done >= this.context.total) this.tell();
  };

  get #done(): number {
    const underWay = [...this.#atServer.values()].reduce((sum, done) => sum + done, 0);
    const { total, before } = this.context;
    return Math.min(total, before + this.#answered + this.#failed + underWay);
  }

  tell(): void {
    this.#toldMs = performance.now();
    this.#tell(this.#done, this.context.total, (this.#toldMs - this.#startedMs) / 1000);
  }

  #tell(done: number, total: number, seconds: number): void {
    const { budget, price, usdBudget, emit } = this.context;
    const perSecond = seconds > 0 ? (done - this.context.before) / seconds : 0;
    emit({
      type: 'teach-progress',
      what: this.what,
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
