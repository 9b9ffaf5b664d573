/** The asking itself: the probe, then every question that has no answer yet, with progress. */
import { FsaError, isFsaError } from '../../errors.js';
import { basename } from 'node:path';
import type { Config } from '../../config/schema.js';
import { hashValue } from '../../storage/digest.js';
import { askAll, type AskingParts } from '../../teacher/asking/ask-all.js';
import { REAL_CLOCK } from '../../teacher/asking/clock.js';
import { Lanes } from '../../teacher/asking/lanes.js';
import { RateLimit } from '../../teacher/asking/token-bucket.js';
import { AskFailure, type Answer, type Provider } from '../../teacher/llm/provider.js';
import { Budget, NANO } from '../../teacher/spending/budget.js';
import { costOf } from '../../teacher/spending/price.js';
import { fatalError } from '../../teacher/asking/retry-rules.js';
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
  run.say({
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
        say: run.say,
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
    rules: {
      maxAttempts: llm.maxAttempts,
      maxWaitMs: llm.maxWaitSeconds * 1000,
      firstBackoffMs: FIRST_BACKOFF_MS,
      longestBackoffMs: LONGEST_BACKOFF_MS,
    },
    clock: REAL_CLOCK,
    concurrency: llm.concurrency,
    signal: parts.signal,
  };
}

/** What a probe may cost at most: its few words, and what a template puts around them. */
const PROBE_TOKENS = { inputTokens: 300, cachedInputTokens: 0, outputTokens: 16 };

/** One small request before the first row: a wrong key, name or address costs nothing more. */
async function probe(
  { provider, run, teacher, signal, config }: AskTeacherParts,
  budget: Budget,
): Promise<void> {
  const worst = costOf(PROBE_TOKENS, teacher.price);
  const hold = await budget.reserve(worst);
  if (hold === null) throw new FsaError('BUDGET', 'The budget does not allow a single request.');
  const log = run.logOf('probe');
  const key = hashValue({ probe: new Date().toISOString() });
  await log.asked({ type: 'asked', key, attempt: 1, ...worst });
  let answer: Answer | null = null;
  try {
    const found = await provider.probe(signal);
    answer = found.answer;
    for (const message of found.traits.warnings) run.say({ type: 'warning', message, where: provider.name });
    await run.write(
      'teacher.json',
      `${JSON.stringify({ name: provider.name, model: provider.model, ...found.traits }, null, 2)}\n`,
    );
  } catch (error) {
    if (!(error instanceof AskFailure)) throw error;
    const { charged } = error.details;
    // An empty answer is an answer: the key, the name and the address are right.
    if (error.consequence === 'row' && typeof charged === 'object') return;
    const rules = {
      maxAttempts: 1,
      maxWaitMs: config.llm.maxWaitSeconds * 1000,
      firstBackoffMs: 0,
      longestBackoffMs: 0,
    };
    throw (
      fatalError(error, rules) ??
      new FsaError('API', `${error.message}.`, {
        where: provider.name,
        advice: 'Check llm.model and llm.baseUrl; nothing else was sent.',
      })
    );
  } finally {
    if (answer?.usage == null) hold.keep();
    else {
      const amount = costOf(answer.usage, teacher.price);
      hold.settle(amount);
      const about = {
        requestId: answer.requestId,
        usage: answer.usage,
        exact: true,
        ms: 0,
        reusedFrom: null,
      };
      const head = { key, attempt: 1, id: 'probe', finish: answer.finish, model: answer.servedModel };
      await log.answered({ type: 'answered', ...head, ...amount, ...about, text: answer.text });
    }
  }
}
