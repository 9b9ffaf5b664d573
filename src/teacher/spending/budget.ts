/**
 * A budget that cannot be overspent: whatever a request could cost at worst is reserved before it is sent, and
 * no reservation fits that would let everything together exceed the limit. Money is whole nano-dollars, always
 * rounded up, so that sums are exact.
 */

/** What a request costs, or could cost. */
export interface Amount {
  readonly nanoUsd: number;
  readonly tokens: number;
}

export interface BudgetLimits {
  /** Null where nothing limits it. */
  readonly nanoUsd: number | null;
  readonly tokens: number | null;
}

/** Room held for one request; exactly one of its methods is called, once. */
export interface Hold {
  /** The server said what it took, and perhaps not of everything: what it may have taken besides. */
  settle(actual: Amount, possible?: Amount): void;
  /** The request was not carried out. */
  release(): void;
  /** Nobody knows: it stays counted at its worst. */
  keep(): void;
}

export const NANO = 1e9;
export const NOTHING: Amount = { nanoUsd: 0, tokens: 0 };

export class Budget {
  #spent: Amount;
  #possible: Amount;
  #held: Amount = NOTHING;
  #holds = 0;
  #waiting: (() => void)[] = [];

  /** @param before what earlier runs of the same work have spent and may have been charged */
  constructor(
    private readonly limits: BudgetLimits,
    before: { readonly spent: Amount; readonly possible: Amount } = { spent: NOTHING, possible: NOTHING },
  ) {
    this.#spent = before.spent;
    this.#possible = before.possible;
  }

  get spent(): Amount {
    return this.#spent;
  }

  /** What the server may have charged for without saying so. */
  get possiblyCharged(): Amount {
    return this.#possible;
  }

  /**
   * Holds room for a request; waits while others in flight may yet give room back.
   * @returns null where the limit does not allow it and nothing in flight can change that
   */
  async reserve(worst: Amount): Promise<Hold | null> {
    while (!this.#fits(worst)) {
      if (this.#holds === 0) return null;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.hold(worst);
  }

  /** What may be spent yet; null where nothing limits it. */
  get left(): BudgetLimits {
    const { nanoUsd, tokens } = [this.#spent, this.#possible, this.#held].reduce(add);
    const { limits } = this;
    return {
      nanoUsd: limits.nanoUsd === null ? null : limits.nanoUsd - nanoUsd,
      tokens: limits.tokens === null ? null : limits.tokens - tokens,
    };
  }

  /** Holds what is under way already, whether the limit would allow it or not. */
  hold(worst: Amount): Hold {
    this.#held = add(this.#held, worst);
    this.#holds += 1;
    return {
      settle: (actual, possible = NOTHING) =>
        this.#end(worst, () => {
          this.#spent = add(this.#spent, actual);
          this.#possible = add(this.#possible, possible);
        }),
      release: () => this.#end(worst, () => undefined),
      keep: () => this.#end(worst, () => (this.#possible = add(this.#possible, worst))),
    };
  }

  #fits(worst: Amount): boolean {
    const all = [this.#spent, this.#possible, this.#held, worst].reduce(add);
    const { nanoUsd, tokens } = this.limits;
    return (nanoUsd === null || all.nanoUsd <= nanoUsd) && (tokens === null || all.tokens <= tokens);
  }

  #end(worst: Amount, count: () => void): void {
    this.#held = { nanoUsd: this.#held.nanoUsd - worst.nanoUsd, tokens: this.#held.tokens - worst.tokens };
    this.#holds -= 1;
    count();
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

export function add(a: Amount, b: Amount): Amount {
  return { nanoUsd: a.nanoUsd + b.nanoUsd, tokens: a.tokens + b.tokens };
}

/** What a budget has left beside what the next request may take, in words. */
export function tellLeft({ left, possiblyCharged }: Budget, worst: Amount): string {
  const usd = (nanoUsd: number): string => `$${(nanoUsd / NANO).toFixed(nanoUsd < NANO ? 4 : 2)}`;
  const words: string[] = [];
  if (left.nanoUsd !== null && worst.nanoUsd > left.nanoUsd)
    words.push(`${usd(Math.max(0, left.nanoUsd))} is left, and one may cost up to ${usd(worst.nanoUsd)}`);
  if (left.tokens !== null && worst.tokens > left.tokens)
    words.push(`${Math.max(0, left.tokens)} tokens are left, and one may take up to ${worst.tokens}`);
  if (possiblyCharged.nanoUsd > 0)
    words.push(
      `${usd(possiblyCharged.nanoUsd)} may have been charged for answers that were lost or not counted`,
    );
  return words.join('; ');
}
