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
import {
  type Answer,
  AskFailure,
  type Provider,
  type ProviderTraits,
  type Sampling,
  type Usage,
} from '../../teacher/llm/provider.js';
import { SEED_IGNORED, seedQuestion } from '../../teacher/llm/seed-question.js';
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
  /** How answers will be drawn; null where nothing is left to chance. */
  readonly drawn: Pick<Sampling, 'temperature' | 'seed'> | null;
  /** Told what the probe found out. */
  readonly onProbed: (found: ProviderTraits & Pick<Provider, 'name' | 'model'>) => Promise<void>;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 60_000;

/** What a probe may cost at most: its few words, and what a template puts around them. */
const PROBE_TOKENS = { inputTokens: 300, cachedInputTokens: 0, outputTokens: 16 };
const SEED_TOKENS = { ...PROBE_TOKENS, outputTokens: 32 };

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
   * One small request before the first row: a wrong key, name or address costs nothing more. Two more where answers are
   * drawn, to see whether they can be drawn again. Trouble that may pass is waited for as with any question. Asks once,
   * however often it is called.
   */
  async probe(): Promise<void> {
    this.#probed ??= this.#probe();
    await this.#probed;
  }

  async #probe(): Promise<void> {
    const { provider, emit, form } = this.parts;
    const probe = async (signal: AbortSignal): ReturnType<Provider['probe']> =>
      await provider.probe(signal, { form });
    const found = await this.#askPatiently('probe', PROBE_TOKENS, probe);
    if (found === null) return;
    const { traits } = found;
    const warnings = [...traits.warnings, ...(await this.#faultsOfSeed(traits))];
    for (const message of warnings) emit({ type: 'warning', message, where: provider.name });
    await this.parts.onProbed({ name: provider.name, model: provider.model, ...traits, warnings });
  }

  /** Two draws with one seed, where answers will be drawn. */
  async #faultsOfSeed({ takesSeed }: ProviderTraits): Promise<string[]> {
    const { provider, drawn } = this.parts;
    if (!takesSeed || drawn === null || drawn.temperature === 0 || drawn.seed === null) return [];
    const question = seedQuestion(drawn);
    const texts: string[] = [];
    for (const name of ['seed-1', 'seed-2']) {
      const found = await this.#askPatiently(name, SEED_TOKENS, async (signal) => ({
        answer: await provider.ask(question, signal),
      }));
      if (found === null) return [];
      texts.push(found.answer.text);
    }
    return texts[0] === texts[1] ? [] : [SEED_IGNORED];
  }

  /**
   * Asks something of our own; trouble that may pass is waited for.
   * @returns null where the answer is empty, and was paid for
   */
  async #askPatiently<T extends { readonly answer: Answer }>(
    id: string,
    most: Usage,
    send: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | null> {
    const { provider, signal, emit } = this.parts;
    const key = hashValue({ [id]: new Date().toISOString(), of: [provider.name, provider.model] });
    for (let attempt = 1; ; attempt += 1) {
      const found = await this.#askOnce({ key, attempt, id }, most, send);
      if (!(found instanceof AskFailure)) return found;
      const fatal = fatalError(found, this.#rules);
      if (fatal !== null) throw fatal;
      if (found.consequence !== 'again' || attempt >= this.#rules.maxAttempts) {
        throw new FsaError('API', `${found.message}.`, {
          where: provider.name,
          advice: 'Check llm.model and llm.baseUrl; nothing else was sent.',
        });
      }
      const waitMs = Math.max(found.details.askedWaitMs ?? 0, backoffMs(attempt, this.#rules));
      const message = `${found.message}: asking again in ${Math.ceil(waitMs / 1000)} s.`;
      emit({ type: 'warning', message, where: provider.name });
      await REAL_CLOCK.sleep(waitMs, signal);
    }
  }

  async #askOnce<T extends { readonly answer: Answer }>(
    about: { readonly key: string; readonly attempt: number; readonly id: string },
    most: Usage,
    send: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | AskFailure | null> {
    const { budget, price, probeLog: log, signal } = this.parts;
    const worst = costOf(most, price);
    const hold = await budget.reserve(worst);
    if (hold === null) throw new FsaError('BUDGET', 'The budget does not allow a single request.');
    await log.asked({ type: 'asked', key: about.key, attempt: about.attempt, ...worst });
    try {
      const found = await send(signal);
      const { text, finish, servedModel, requestId, usage } = found.answer;
      const cost = settle(hold, usage ?? 'possibly', worst, price);
      const said = { finish, model: servedModel, requestId, usage, ms: 0, reusedFrom: null, text };
      await log.answered({ type: 'answered', ...about, ...cost.amount, exact: cost.exact, ...said });
      return found;
    } catch (error) {
      if (!(error instanceof AskFailure)) {
        hold.keep();
        throw error;
      }
      const { charged } = error.details;
      const cost = settle(hold, charged, worst, price);
      const { message: reason } = error;
      await log.failed({ type: 'failed', ...about, ...cost.amount, exact: cost.exact, reason, final: false });
      // An empty answer that was paid for is an answer: the key, the name and the address are right.
      return error.consequence === 'row' && charged !== 'no' ? null : error;
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
