/** The asking itself: the probe, then every question that has no answer yet, with progress. */
import { FsaError, isFsaError } from '../../errors.js';
import { basename } from 'node:path';
import type { Config } from '../../config/schema.js';
import { hashValue } from '../../storage/digest.js';
import { askAll, type AskingParts, settle } from '../../teacher/asking/ask-all.js';
import { REAL_CLOCK } from '../../teacher/asking/clock.js';
import { Lanes } from '../../teacher/asking/lanes.js';
import { RateLimit } from '../../teacher/asking/token-bucket.js';
import { AskFailure, type Provider } from '../../teacher/llm/provider.js';
import { Budget, NANO } from '../../teacher/spending/budget.js';
import { costOf } from '../../teacher/spending/price.js';
import { backoffMs, fatalError, type RetryRules } from '../../teacher/asking/retry-rules.js';
import { pendingItems } from './items.js';
import type { TeachRun } from './open.js';
import type { TeachPlan } from './plan.js';
import { TeachProgress } from './progress.js';
import type { Prepared } from './types.js';
import type { Teacher } from './teacher.js';

export interface AskTeacherParts extends Prepared {
  readonly config: Config;
  readonly teacher: Teacher;
  readonly provider: Provider;
  readonly plan: TeachPlan;
  readonly run: TeachRun;
  readonly signal: AbortSignal;
}

export interface Asked {
  readonly budget: Budget;
  /** Why the asking stopped before its end; null where it did not. */
  readonly stopped: FsaError | null;
}

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 60_000;

export async function askTeacher(parts: AskTeacherParts): Promise<Asked> {
  const { config, run, plan, questions, provider, signal } = parts;
  const { budget: usd, maxTokens } = config.teach;
  const limits = { nanoUsd: usd === null ? null : Math.floor(usd * NANO), tokens: maxTokens };
  const budget = new Budget(limits, run.before);
  const answered = questions.reduce((sum, { kind }) => sum + run.logOf(kind).index.answers, 0);
  run.emit({
    type: 'run-started',
    run: basename(run.folder),
    folder: run.folder,
    kind: 'teach',
    jobs: plan.questions,
    alreadyDone: Math.min(answered, plan.questions),
    slots: [`${provider.name} ${provider.model}`],
  });
  try {
    let isProbed = false;
    for (const one of questions) {
      const log = run.logOf(one.kind);
      const progress = new TeachProgress(one.kind, {
        plan,
        log,
        budget,
        price: parts.teacher.price,
        usdBudget: usd,
        emit: run.emit,
      });
      const asking: AskingParts = { ...askingParts(parts, budget), log, onDone: progress.count };
      const pending = pendingItems(one, {
        files: parts.files,
        select: parts.select,
        log,
        reuse: run.reuse,
        contextTokens: config.llm.contextTokens,
        onReused: () => progress.count('answered', null),
        onTooLong: () => progress.count('failed', null),
      });
      const first = await pending.next();
      if (first.done === true) continue;
      if (!isProbed) await probe(parts, budget);
      isProbed = true;
      await askAll(startingWith(first.value, pending), asking);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!isFsaError(error) || (error.code !== 'API' && error.code !== 'BUDGET')) throw error;
    return { budget, stopped: error };
  }
  return { budget, stopped: null };
}

async function* startingWith<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

function askingParts(parts: AskTeacherParts, budget: Budget): Omit<AskingParts, 'log' | 'onDone'> {
  const { llm } = parts.config;
  return {
    provider: parts.provider,
    budget,
    price: parts.teacher.price,
    rate: new RateLimit(llm, REAL_CLOCK),
    lanes: new Lanes(llm.concurrency, REAL_CLOCK),
    rules: retryRules(parts.config),
    clock: REAL_CLOCK,
    concurrency: llm.concurrency,
    signal: parts.signal,
  };
}

/** What a probe may cost at most: its few words, and what a template puts around them. */
const PROBE_TOKENS = { inputTokens: 300, cachedInputTokens: 0, outputTokens: 16 };

/**
 * One small request before the first row: a wrong key, name or address costs nothing more. Trouble that may pass is
 * waited for as with any question.
 */
async function probe(parts: AskTeacherParts, budget: Budget): Promise<void> {
  const { config, provider, signal, run } = parts;
  const rules = retryRules(config);
  const key = hashValue({ probe: new Date().toISOString() });
  for (let attempt = 1; ; attempt += 1) {
    const failure = await probeOnce(parts, budget, { key, attempt });
    if (failure === null) return;
    const fatal = fatalError(failure, rules);
    if (fatal !== null) throw fatal;
    if (failure.consequence !== 'again' || attempt >= rules.maxAttempts) {
      throw new FsaError('API', `${failure.message}.`, {
        where: provider.name,
        advice: 'Check llm.model and llm.baseUrl; nothing else was sent.',
      });
    }
    const waitMs = Math.max(failure.details.askedWaitMs ?? 0, backoffMs(attempt, rules));
    const message = `${failure.message}: asking again in ${Math.ceil(waitMs / 1000)} s.`;
    run.emit({ type: 'warning', message, where: provider.name });
    await REAL_CLOCK.sleep(waitMs, signal);
  }
}

async function probeOnce(
  { provider, run, teacher, signal }: AskTeacherParts,
  budget: Budget,
  about: { readonly key: string; readonly attempt: number },
): Promise<AskFailure | null> {
  const worst = costOf(PROBE_TOKENS, teacher.price);
  const hold = await budget.reserve(worst);
  if (hold === null) throw new FsaError('BUDGET', 'The budget does not allow a single request.');
  const log = run.logOf('probe');
  await log.asked({ type: 'asked', ...about, ...worst });
  try {
    const { answer, traits } = await provider.probe(signal);
    for (const message of traits.warnings) run.emit({ type: 'warning', message, where: provider.name });
    const found = { name: provider.name, model: provider.model, ...traits };
    await run.write('teacher.json', `${JSON.stringify(found, null, 2)}\n`);
    const { text, finish, servedModel, requestId, usage } = answer;
    const cost = settle(hold, usage ?? 'possibly', worst, teacher.price);
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
    const cost = settle(hold, charged, worst, teacher.price);
    const head = { ...about, id: 'probe', ...cost.amount, exact: cost.exact };
    await log.failed({ type: 'failed', ...head, reason: error.message, final: false });
    // An empty answer that was paid for is an answer: the key, the name and the address are right.
    return error.consequence === 'row' && typeof charged === 'object' ? null : error;
  }
}

function retryRules({ llm }: Config): RetryRules {
  return {
    maxAttempts: llm.maxAttempts,
    maxWaitMs: llm.maxWaitSeconds * 1000,
    firstBackoffMs: FIRST_BACKOFF_MS,
    longestBackoffMs: LONGEST_BACKOFF_MS,
  };
}
