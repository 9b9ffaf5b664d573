/** The asking itself: every question that has no answer yet, with progress. */
import { type FsaError, isFsaError } from '../../errors.js';
import { basename } from 'node:path';
import type { Config } from '../../config/schema.js';
import type { Provider } from '../../teacher/llm/provider.js';
import { Budget, NANO } from '../../teacher/spending/budget.js';
import { Asker } from '../llm/asker.js';
import type { Teacher } from '../llm/teacher.js';
import { pendingItems } from './items.js';
import type { TeachRun } from './open.js';
import type { TeachPlan } from './plan.js';
import { TeachProgress } from './progress.js';
import type { Prepared } from './types.js';

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

export async function askTeacher(parts: AskTeacherParts): Promise<Asked> {
  const { config, run, plan, questions, provider, teacher, signal } = parts;
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
  const asker = new Asker({
    llm: config.llm,
    provider,
    price: teacher.price,
    budget,
    probeLog: run.logOf('probe'),
    onProbed: async (found) => await run.write('teacher.json', `${JSON.stringify(found, null, 2)}\n`),
    emit: run.emit,
    signal,
  });
  try {
    for (const one of questions) {
      const log = run.logOf(one.kind);
      const { price } = teacher;
      const progress = new TeachProgress(one.kind, {
        ...{ plan, log, budget, price, emit: run.emit },
        usdBudget: usd,
      });
      const pending = pendingItems(one, {
        files: parts.files,
        select: parts.select,
        log,
        reuse: run.reuse,
        contextTokens: config.llm.contextTokens,
        onReused: () => progress.count('answered', null),
        onTooLong: () => progress.count('failed', null),
      });
      await asker.ask(pending, log, progress.count);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!isFsaError(error) || (error.code !== 'API' && error.code !== 'BUDGET')) throw error;
    return { budget, stopped: error };
  }
  return { budget, stopped: null };
}
