/** `fsa teach`: reviews in, a corpus out that a language model wrote, within a budget and at no cost twice. */
import { basename, join, resolve } from 'node:path';
import type { Config } from '../../config/schema.js';
import { TextWriter } from '../../data/formats/text-writer.js';
import { findReviews } from '../../data/reviews/find.js';
import { FsaError } from '../../errors.js';
import { readDemonstrations } from '../../teacher/prompts/demonstrations.js';
import { readingEvents } from '../run/data-progress.js';
import { withCleanup } from '../run/with-cleanup.js';
import { resolveConfig } from '../run/options.js';
import type { Work } from '../run/run-handle.js';
import { askTeacher, type Asked } from './ask.js';
import { readBenchmarkSentences } from './benchmark-sentences.js';
import { writeCard } from './card.js';
import { type KindCorpus, writeKindCorpus } from './corpus-files.js';
import { KindQuestions } from './items.js';
import { openTeachRun, type TeachRun } from './open.js';
import { add, Budget } from '../../teacher/spending/budget.js';
import { exportRequests, importAnswers } from './request-files.js';
import { planTeaching, type TeachPlan } from './plan.js';
import { findTeacher, type Teacher, toUsd } from '../llm/teacher.js';
import type { Prepared, TeachOptions, TeachResult } from './types.js';

/**
 * @throws FsaError CONFIG, DATA before anything is asked; API, BUDGET or STORAGE when the asking had to stop: what
 * was answered until then is a corpus all the same
 */
export async function teach(options: TeachOptions, work: Work): Promise<TeachResult> {
  const startedMs = performance.now();
  const cwd = options.cwd ?? process.cwd();
  const config = await resolveConfig(options);
  const folder = resolve(cwd, options.output ?? 'runs/teach');
  const teacher = findTeacher(config, config.teach.budget, cwd);
  const prepared = await prepare(config, teacher, { cwd, work });
  const plan = await planTeaching({
    ...prepared,
    config,
    price: teacher.price,
    onProgress: readingEvents('reading the reviews', work.emit),
  });
  const seconds = (): number => (performance.now() - startedMs) / 1000;
  const unasked = { folder, corpusFolder: null, plan, kinds: {}, costs: null, failures: {}, exported: null };
  if (options.dryRun === true) return { ...unasked, seconds: seconds() };
  warnOfPlan(plan, config, work);
  const byFile = options.exportRequests ?? options.importAnswers;
  // Nobody is asked where questions or answers go through a file: no key is needed.
  const provider = byFile === undefined ? teacher.open() : null;
  const run = await openTeachRun(folder, {
    ...prepared,
    config,
    teacher,
    plan,
    options,
    cwd,
    emit: work.emit,
  });
  return await withCleanup(
    async () => {
      const parts = { ...prepared, config, teacher, plan, run, signal: work.signal };
      if (options.exportRequests !== undefined) {
        const file = resolve(cwd, options.exportRequests);
        const exported = { file, requests: await exportRequests(file, parts) };
        return { ...unasked, exported, seconds: seconds() };
      }
      const asked =
        provider === null
          ? await takeAnswers(resolve(cwd, options.importAnswers ?? ''), parts)
          : await askTeacher({ ...parts, provider });
      // What was answered before a stop was paid for: it becomes a corpus first.
      const kinds = await writeCorpus(config, prepared, run, work);
      const result = {
        folder,
        corpusFolder: join(folder, 'corpus'),
        plan,
        kinds,
        exported: null,
        ...resultOf(asked, run, teacher),
      };
      await writeCard(result, { config, teacher, run });
      if (asked.stopped !== null) throw asked.stopped;
      run.emit({
        type: 'run-finished',
        run: basename(folder),
        folder,
        done: Object.values(kinds).reduce((sum, { kept }) => sum + kept, 0),
        failed: Object.values(result.failures).reduce((sum, count) => sum + count, 0),
        seconds: seconds(),
      });
      return { ...result, seconds: seconds() };
    },
    async () => {
      await provider?.close();
      await run.close();
    },
  );
}

/** Answers from a file, in the place of a teacher. */
async function takeAnswers(
  file: string,
  parts: Prepared & { readonly teacher: Teacher; readonly run: TeachRun },
): Promise<Asked> {
  const stopped = await importAnswers(file, parts);
  const logs = parts.questions.map(({ kind }) => parts.run.logOf(kind).index);
  const before = {
    spent: logs.map(({ spent }) => spent).reduce(add, parts.run.logOf('probe').index.spent),
    possible: logs.map(({ possible }) => possible).reduce(add, parts.run.logOf('probe').index.possible),
  };
  return { budget: new Budget({ nanoUsd: null, tokens: null }, before), stopped };
}

async function prepare(
  config: Config,
  { place }: Teacher,
  { cwd, work }: { readonly cwd: string; readonly work: Work },
): Promise<Prepared> {
  const { teach: settings } = config;
  if (settings.reviews.length === 0 || settings.kinds.length === 0) {
    const what = settings.reviews.length === 0 ? 'No reviews are named.' : 'No kind of answer is named.';
    throw new FsaError('USAGE', what, {
      advice: 'Name files with --reviews, kinds with --kinds analysis,rewrite.',
    });
  }
  const files = await findReviews(settings.reviews, cwd);
  const path = settings.demonstrations === null ? null : resolve(cwd, settings.demonstrations);
  const demonstrations = await readDemonstrations(settings.domain, path, settings.kinds);
  const benchmark = await readBenchmarkSentences(config.eval.datasets, cwd, work);
  const { dropOverlaps, limit } = settings;
  return {
    files,
    demonstrations,
    questions: settings.kinds.map((kind) => new KindQuestions(kind, place, config, demonstrations)),
    select: { benchmark, dropOverlaps, limit, signal: work.signal },
  };
}

function warnOfPlan(plan: TeachPlan, config: Config, { emit }: Work): void {
  const skipped = Object.entries(plan.skipped).map(([reason, count]) => `${count} ${reason}`);
  if (skipped.length > 0) {
    const message = `Rows passed over: ${skipped.join(', ')}; the first: ${plan.examples.join('; ')}.`;
    emit({ type: 'warning', message, where: null });
  }
  if (plan.overLong === 0) return;
  const message = `${plan.overLong} reviews are longer than about ${config.distill.maxInputTokens} tokens: a student reads them only in part.`;
  emit({ type: 'warning', message, where: null });
}

async function writeCorpus(
  config: Config,
  { files, questions, select }: Prepared,
  run: TeachRun,
  { signal }: Work,
): Promise<Record<string, KindCorpus>> {
  signal.throwIfAborted();
  const rejected = await TextWriter.create(join(run.folder, 'rejected.ndjson'));
  const kinds: Record<string, KindCorpus> = {};
  try {
    for (const one of questions) {
      const parts = { folder: run.folder, config, reviewFiles: files, select, rejected };
      kinds[one.kind] = await writeKindCorpus(one, run.logOf(one.kind).index, parts);
    }
    await rejected.finish();
    return kinds;
  } catch (error) {
    await rejected.discard();
    throw error;
  }
}

function resultOf(asked: Asked, run: TeachRun, { price }: Teacher): Pick<TeachResult, 'costs' | 'failures'> {
  const failures: Record<string, number> = {};
  for (const reason of run.failures()) failures[reason] = (failures[reason] ?? 0) + 1;
  const { spent, possiblyCharged } = asked.budget;
  return {
    failures,
    costs: {
      usdSpent: toUsd(spent.nanoUsd, price),
      usdPossible: toUsd(possiblyCharged.nanoUsd, price),
      priceSource: price?.source ?? null,
      tokens: spent.tokens,
      lostRequests: run.lostRequests,
    },
  };
}
