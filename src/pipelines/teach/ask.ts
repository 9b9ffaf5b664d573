/** The asking itself: every question that has no answer yet, then every answer that has no grade, with progress. */
import { basename, join } from 'node:path';
import type { Config } from '../../config/schema.js';
import { selectReviews } from '../../data/reviews/select.js';
import { FsaError, isFsaError } from '../../errors.js';
import type { AnswerLog } from '../../teacher/answers/answer-log.js';
import type { AskItem } from '../../teacher/asking/ask-all.js';
import { REAL_CLOCK } from '../../teacher/asking/clock.js';
import { BatchAsker, type BatchListener } from '../../teacher/batches/ask-batches.js';
import type { BatchDoor } from '../../teacher/batches/service.js';
import type { Kind } from '../../teacher/prompts/kinds.js';
import { Budget, NANO } from '../../teacher/spending/budget.js';
import { grouped, spentWords } from '../../report/event-words.js';
import { Asker, type AskerParts, retryRules } from '../llm/asker.js';
import type { OpenProvider, Teacher } from '../llm/teacher.js';
import { costsOf } from './costs.js';
import { pendingItems, reviewItems } from './items.js';
import { countGrades, gradeItems } from './judge.js';
import { TEACHER_TRAITS, type TeachRun } from './open.js';
import { samplingOf, type TeachPlan } from './plan.js';
import { TeachProgress } from './progress.js';
import type { Prepared } from './types.js';

/** Somebody who is asked, and what that costs. */
export interface AskedTeacher {
  readonly teacher: Teacher;
  readonly provider: OpenProvider;
}

export interface AskTeacherParts extends Prepared {
  readonly config: Config;
  readonly asked: AskedTeacher;
  /** Null where nobody grades the answers. */
  readonly judge: AskedTeacher | null;
  readonly plan: TeachPlan;
  readonly run: TeachRun;
  readonly way: 'requests' | 'batches' | 'cancel';
  readonly signal: AbortSignal;
}

/**
 * Asks what has no answer, or ends the batches that are under way.
 * @returns why the asking stopped before its end; null where it did not
 */
export async function askTeacher(parts: AskTeacherParts): Promise<FsaError | null> {
  const { config, run, signal, way } = parts;
  const { budget: usd, maxTokens } = config.teach;
  const limits = { nanoUsd: usd === null ? null : Math.floor(usd * NANO), tokens: maxTokens };
  const budget = new Budget(limits, run.spending());
  if (way === 'requests') refuseUnderWay(run);
  const answered = await countAnswered(parts);
  tellStart(parts, answered);
  try {
    await askAnswers(parts, budget, answered);
    await askGrades(parts, budget);
    if (way === 'cancel') tellLeft(run);
    return null;
  } catch (error) {
    tellUnderWay(parts);
    tellSpent(parts);
    signal.throwIfAborted();
    if (!isFsaError(error) || (error.code !== 'API' && error.code !== 'BUDGET')) throw error;
    return error;
  }
}

/** What a batch will answer must not be asked, and paid for, a second time. */
function refuseUnderWay({ batches, folder }: TeachRun): void {
  const underWay = batches?.underWay ?? [];
  if (underWay.length === 0) return;
  throw new FsaError('RUN_FOLDER', `${underWay.length} batches are under way at the server.`, {
    where: folder,
    advice: 'Go on with --batch, or end them with --cancel-batches; asking now would pay twice.',
  });
}

function tellUnderWay({ run, signal }: AskTeacherParts): void {
  const { length } = run.batches?.underWay ?? [];
  if (!signal.aborted || length === 0) return;
  const message = `${length} batches go on at the server: the same command fetches them, --cancel-batches ends them.`;
  run.emit({ type: 'warning', message, where: null });
}

/** Whoever stops a run, or is stopped, sees what it came to so far. */
function tellSpent({ run, plan, questions, asked, judge }: AskTeacherParts): void {
  const { possible, atServer } = run.spending();
  const costs = costsOf(run, asked.teacher, judge?.teacher ?? null);
  const answers = questions.reduce((sum, { kind }) => sum + run.logOf(kind).index.answers, 0);
  if (answers + costs.tokens + possible.tokens + atServer.tokens === 0) return;
  const spent = spentWords(costs);
  const sums = [
    `${grouped(answers)} answers to ${grouped(plan.questions)} questions`,
    `${grouped(costs.tokens)} tokens`,
    ...(spent === null ? [] : [spent]),
  ];
  const message = `Stopped with ${sums.join(', ')}: the same command goes on from there.`;
  run.emit({ type: 'warning', message, where: null });
}

function tellLeft({ batches, emit }: TeachRun): void {
  const left = batches?.underWay ?? [];
  if (left.length === 0) return;
  const message = `${left.length} batches of ${[...new Set(left.map(({ who }) => who))].join(', ')} are under way still: name that model to end them.`;
  emit({ type: 'warning', message, where: null });
}

/** @throws FsaError CONFIG where a model takes no batches */
export function requireBatches({ provider }: Pick<AskedTeacher, 'provider'>): BatchDoor {
  if (provider.batches !== undefined) return provider.batches;
  throw new FsaError('CONFIG', `${provider.name}: ${provider.model} takes no batches.`, {
    where: 'llm.model',
    advice: 'Ask it without --batch.',
  });
}

/** By kind, how many of these reviews have their answer: a log may hold those to others, too. */
async function countAnswered({ run, files, select, questions }: AskTeacherParts): Promise<Map<Kind, number>> {
  const counts = new Map(questions.map(({ kind }) => [kind, 0]));
  if (questions.every(({ kind }) => run.logOf(kind).index.answers === 0)) return counts;
  for await (const review of selectReviews(files, select)) {
    for (const one of questions) {
      if (run.logOf(one.kind).index.has(one.keyOf(review)))
        counts.set(one.kind, (counts.get(one.kind) ?? 0) + 1);
    }
  }
  return counts;
}

function tellStart({ run, plan, asked, judge }: AskTeacherParts, answered: ReadonlyMap<Kind, number>): void {
  const nameOf = ({ provider }: AskedTeacher): string => `${provider.name} ${provider.model}`;
  const graded = judge === null ? '' : `, graded by ${nameOf(judge)}`;
  run.emit({
    type: 'run-started',
    run: basename(run.folder),
    folder: run.folder,
    kind: 'teach',
    jobs: plan.questions,
    alreadyDone: [...answered.values()].reduce((sum, count) => sum + count, 0),
    // One line of a board: they are asked one after the other.
    slots: [`${nameOf(asked)}${graded}`],
  });
}

async function askAnswers(
  parts: AskTeacherParts,
  budget: Budget,
  answered: ReadonlyMap<Kind, number>,
): Promise<void> {
  const { run, plan, asked, questions, config } = parts;
  const drawn = samplingOf(config);
  const asker = askerOf(asked, { ...parts, budget, form: false, drawn, traitsFile: TEACHER_TRAITS });
  await forEach(questions, parts.way, async (one) => {
    const log = run.logOf(one.kind);
    const counted = { total: plan.reviews, before: answered.get(one.kind) ?? 0 };
    const asking = { what: one.kind, log, asker, asked, counted, budget };
    await askPending(() => reviewItems(one, parts), asking, parts);
  });
}

async function askGrades(parts: AskTeacherParts, budget: Budget): Promise<void> {
  const { run, judge, judging, config, way } = parts;
  if (judge === null) return;
  const form = config.llm.structured === 'auto';
  const asker = askerOf(judge, { ...parts, budget, form, drawn: null, traitsFile: 'judge.json' });
  await forEach(judging, way, async (one) => {
    const { kind } = one.of;
    const log = run.logOf(`judge-${kind}`);
    const grading = { ...parts, filters: config.teach.filters, answers: run.logOf(kind).index };
    const nothing = { total: 0, graded: 0 };
    const { total, graded } = way === 'cancel' ? nothing : await countGrades(one, grading, log.index);
    const counted = { total, before: graded };
    const asking = { what: `grades of ${kind}`, log, asker, asked: judge, counted, budget };
    await askPending(() => gradeItems(one, grading), asking, parts);
  });
}

/** Batches of all kinds are under way together; requests go one kind after the other. */
async function forEach<T>(
  all: readonly T[],
  way: AskTeacherParts['way'],
  work: (one: T) => Promise<void>,
): Promise<void> {
  if (way !== 'batches') {
    for (const one of all) await work(one);
    return;
  }
  const ends = await Promise.allSettled(all.map(work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

type TeachAsker = Asker | BatchAsker;

function askerOf(
  { teacher, provider }: AskedTeacher,
  {
    config,
    run,
    signal,
    budget,
    form,
    drawn,
    traitsFile,
    way,
  }: AskTeacherParts & Pick<AskerParts, 'budget' | 'form' | 'drawn'> & { readonly traitsFile: string },
): TeachAsker {
  const { llm } = config;
  const { emit, batches: ledger } = run;
  const asker = new Asker({
    ...{ llm, provider, budget, form, drawn, emit, signal },
    price: teacher.price,
    probeLog: run.logOf('probe'),
    onProbed: async (found) => await run.write(traitsFile, `${JSON.stringify(found, null, 2)}\n`),
  });
  if (way === 'requests' || ledger === null) return asker;
  return new BatchAsker({
    ...{ ledger, budget, emit, signal },
    place: teacher.place,
    door: requireBatches({ provider }),
    price: teacher.batchPrice,
    folder: join(run.folder, 'batches'),
    maxRows: llm.batchRows,
    pollMs: llm.batchPollSeconds * 1000,
    rules: retryRules(llm),
    clock: REAL_CLOCK,
    probe: async () => await asker.probe(),
  });
}

interface Asking {
  readonly what: string;
  readonly log: AnswerLog;
  readonly asker: TeachAsker;
  readonly asked: AskedTeacher;
  readonly counted: { readonly total: number; readonly before: number };
  readonly budget: Budget;
}

/** Asks what has no answer in the log yet, and none that can be taken over. */
async function askPending(
  items: () => AsyncIterable<AskItem>,
  { what, log, asker, asked, counted, budget }: Asking,
  { config, run, way }: AskTeacherParts,
): Promise<void> {
  const { price } = asked.teacher;
  const usdBudget = config.teach.budget;
  const progress = new TeachProgress(what, { ...counted, budget, price, usdBudget, emit: run.emit });
  const pending = (): AsyncIterable<AskItem> =>
    pendingItems(items(), {
      log,
      reuse: run.reuse,
      contextTokens: config.llm.contextTokens,
      onReused: () => progress.count('answered', null),
      onTooLong: () => progress.count('failed', null),
    });
  // What was done before counts from here, and nothing is left untold at the end.
  progress.tell();
  try {
    if (asker instanceof Asker) await asker.ask(pending(), log, progress.count);
    else await askInBatches(asker, pending, log, progress, way);
  } finally {
    progress.tell();
  }
}

async function askInBatches(
  asker: BatchAsker,
  pending: () => AsyncIterable<AskItem>,
  log: AnswerLog,
  progress: TeachProgress,
  way: AskTeacherParts['way'],
): Promise<void> {
  const listener: BatchListener = {
    onDone: (outcome, usage) => progress.count(outcome, { usage }),
    onServer: progress.atServer,
  };
  if (way === 'cancel') await asker.cancelAll(log, listener);
  else await asker.ask(pending, log, listener);
}
