/** A language model that a run asks: one probe before its first question, then whatever it is asked, within a budget. */
import type { Config } from '../../config/schema.js';
import { FsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import { hashValue } from '../../storage/digest.js';
import type { AnswerLog } from '../../teacher/answers/answer-log.js';
import { askAll, type AskingParts, type AskItem, settle } from '../../teacher/asking/ask-all.js';
import { REAL_CLOCK } from '../../teacher/asking/clock.js';
import { Lanes } from '../../teacher/asking/lanes.js';
import { backoffMs, fatalError, type RetryRules } from '../../teacher/asking/retry-rules.js';
import { RateLimit } from '../../teacher/asking/token-bucket.js';
import { AskFailure, type Provider, type ProviderTraits } from '../../teacher/llm/provider.js';
import type { Budget } from '../../teacher/spending/budget.js';
import { costOf, type Price } from '../../teacher/spending/price.js';

export interface AskerParts {
  readonly llm: Config['llm'];
  readonly provider: Provider;
  readonly price: Price | null;
  readonly budget: Budget;
  /** Holds the probes. */
  readonly probeLog: AnswerLog;
  /** Whether questions will ask for answers that are held to a JSON schema. */
  readonly form: boolean;
  /** Told what the probe found out. */
  readonly onProbed: (found: ProviderTraits & Pick<Provider, 'name' | 'model'>) => Promise<void>;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 60_000;

/** What a probe may cost at most: its few words, and what a template puts around them. */
const PROBE_TOKENS = { inputTokens: 300, cachedInputTokens: 0, outputTokens: 16 };

export function retryRules({ maxAttempts, maxWaitSeconds }: Config['llm']): RetryRules {
  return {
    maxAttempts,
    maxWaitMs: maxWaitSeconds * 1000,
    firstBackoffMs: FIRST_BACKOFF_MS,
    longestBackoffMs: LONGEST_BACKOFF_MS,
  };
}

export class Asker {
  readonly #rules: RetryRules;
  readonly #rate: RateLimit;
  readonly #lanes: Lanes;
  #probed: Promise<void> | null = null;

  constructor(private readonly parts: AskerParts) {
    const { llm } = parts;
    this.#rules = retryRules(llm);
    this.#rate = new RateLimit(llm, REAL_CLOCK);
    this.#lanes = new Lanes(llm.concurrency, REAL_CLOCK);
  }

  /**
   * Asks all of them; where there is none, nobody is asked anything.
   * @throws FsaError API, BUDGET or STORAGE when what is under way has ended
   */
  async ask(
    items: AsyncIterable<AskItem>,
    log: AnswerLog,
    onDone: AskingParts['onDone'] = () => undefined,
  ): Promise<void> {
    const iterator = items[Symbol.asyncIterator]();
    const first = await iterator.next();
    if (first.done === true) return;
    await this.probe();
    const { provider, budget, price, signal, llm } = this.parts;
    await askAll(startingWith(first.value, iterator), {
      ...{ provider, budget, price, signal, log, onDone },
      rate: this.#rate,
      lanes: this.#lanes,
      rules: this.#rules,
      clock: REAL_CLOCK,
      concurrency: llm.concurrency,
    });
  }

  /**
   * One small request before the first row: a wrong key, name or address costs nothing more. Trouble that may pass
   * is waited for as with any question. Asks once, however often it is called.
   */
  async probe(): Promise<void> {
    this.#probed ??= this.#probe();
    await this.#probed;
  }

  async #probe(): Promise<void> {
    const { provider, signal, emit } = this.parts;
    const key = hashValue({ probe: new Date().toISOString(), of: [provider.name, provider.model] });
    for (let attempt = 1; ; attempt += 1) {
      const failure = await this.#probeOnce({ key, attempt });
      if (failure === null) return;
      const fatal = fatalError(failure, this.#rules);
      if (fatal !== null) throw fatal;
      if (failure.consequence !== 'again' || attempt >= this.#rules.maxAttempts) {
        throw new FsaError('API', `${failure.message}.`, {
          where: provider.name,
          advice: 'Check llm.model and llm.baseUrl; nothing else was sent.',
        });
      }
      const waitMs = Math.max(failure.details.askedWaitMs ?? 0, backoffMs(attempt, this.#rules));
      const message = `${failure.message}: asking again in ${Math.ceil(waitMs / 1000)} s.`;
      emit({ type: 'warning', message, where: provider.name });
      await REAL_CLOCK.sleep(waitMs, signal);
    }
  }

  async #probeOnce(about: { readonly key: string; readonly attempt: number }): Promise<AskFailure | null> {
    const { provider, budget, price, probeLog: log, emit, signal } = this.parts;
    const worst = costOf(PROBE_TOKENS, price);
    const hold = await budget.reserve(worst);
    if (hold === null) throw new FsaError('BUDGET', 'The budget does not allow a single request.');
    await log.asked({ type: 'asked', ...about, ...worst });
    try {
      const { answer, traits } = await provider.probe(signal, { form: this.parts.form });
      for (const message of traits.warnings) emit({ type: 'warning', message, where: provider.name });
      await this.parts.onProbed({ name: provider.name, model: provider.model, ...traits });
      const { text, finish, servedModel, requestId, usage } = answer;
      const cost = settle(hold, usage ?? 'possibly', worst, price);
      const head = { ...about, id: 'probe', ...cost.amount, exact: cost.exact };
      const said = { finish, model: servedModel, requestId, usage, ms: 0, reusedFrom: null, text };
      await log.answered({ type: 'answered', ...head, ...said });
      return null;
    } catch (error) {
      if (!(error instanceof AskFailure)) {
        hold.keep();
        throw error;
      }
      const { charged } = error.details;
      const cost = settle(hold, charged, worst, price);
      const head = { ...about, id: 'probe', ...cost.amount, exact: cost.exact };
      await log.failed({ type: 'failed', ...head, reason: error.message, final: false });
      // An empty answer that was paid for is an answer: the key, the name and the address are right.
      return error.consequence === 'row' && typeof charged === 'object' ? null : error;
    }
  }
}

async function* startingWith<T>(first: T, rest: AsyncIterator<T>): AsyncGenerator<T> {
  try {
    yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
