/** `fsa teach`: reviews in, a corpus out that a language model wrote, within a budget and at no cost twice. */
import { resolve } from 'node:path';
import type { Config } from '../../config/schema.js';
import { findReviews } from '../../data/reviews/find.js';
import { FsaError } from '../../errors.js';
import { formatUsd } from '../../report/event-words.js';
import { readDemonstrations } from '../../teacher/prompts/demonstrations.js';
import { readingEvents } from '../run/data-progress.js';
import { tellRefusal } from '../run/dry-run.js';
import { withCleanup } from '../run/with-cleanup.js';
import { resolveConfig } from '../run/options.js';
import type { Work } from '../run/run-handle.js';
import { type AskedTeacher, askTeacher, type AskTeacherParts, requireBatches } from './ask.js';
import { readBenchmarkSentences } from './benchmark-sentences.js';
import { finish } from './finish.js';
import { KindQuestions } from './items.js';
import { JudgeQuestions } from './judge.js';
import { checkTeachRun, openTeachRun } from './open.js';
import type { Price } from '../../teacher/spending/price.js';
import { exportRequests, importAnswers } from './request-files.js';
import { planTeaching, type TeachPlan } from './plan.js';
import { findJudge, findTeacher, type Teacher } from '../llm/teacher.js';
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
  const way = wayOf(options);
  const teacher = findTeacher(config, config.teach.budget, cwd);
  const judge = findJudge(config, cwd);
  const prepared = await prepare(config, { teacher, judge }, { cwd, work });
  const priceOf = (one: Teacher | null): Price | null =>
    (way === 'batches' ? one?.batchPrice : one?.price) ?? null;
  const plan = await planTeaching({
    ...prepared,
    config,
    price: priceOf(teacher),
    judgePrice: priceOf(judge),
    onProgress: readingEvents('reading the reviews', work.emit),
  });
  warnOfBudget(plan, config, work);
  const seconds = (): number => (performance.now() - startedMs) / 1000;
  const unasked = { folder, corpusFolder: null, plan, kinds: {}, costs: null, failures: {}, exported: null };
  warnOfPlan(plan, config, work);
  // Nobody is asked where questions or answers go through a file: no key is needed.
  const isByFile = way === 'export' || way === 'import';
  const opening = { ...prepared, config, teacher, plan, options, cwd, emit: work.emit };
  if (options.dryRun === true) {
    await checkTeachRun(folder, opening);
    if (!isByFile)
      await tellRefusal(async () => {
        await closePeople(openPeople(teacher, judge, way));
      }, work.emit);
    return { ...unasked, seconds: seconds() };
  }
  const people = isByFile ? null : openPeople(teacher, judge, way);
  const run = await openTeachRun(folder, opening);
  return await withCleanup(
    async () => {
      const parts = { ...prepared, config, teacher, judge, plan, run, cwd, options, signal: work.signal };
      if (way === 'export') {
        const file = resolve(cwd, options.exportRequests ?? '');
        const exported = { file, requests: await exportRequests(file, parts) };
        return { ...unasked, exported, seconds: seconds() };
      }
      const stopped =
        people === null
          ? await importAnswers(resolve(cwd, options.importAnswers ?? ''), parts)
          : await askTeacher({
              ...parts,
              ...people,
              way: way === 'batches' || way === 'cancel' ? way : 'requests',
            });
      return { ...(await finish(stopped, parts, seconds)), seconds: seconds() };
    },
    async () => {
      if (people !== null) await closePeople(people);
      await run.close();
    },
  );
}

/** How questions reach the teacher. */
type Way = 'requests' | 'batches' | 'cancel' | 'export' | 'import';

function wayOf({ batch, cancelBatches, exportRequests: out, importAnswers: answers }: TeachOptions): Way {
  const ways: Way[] = [
    ...(batch === true ? (['batches'] as const) : []),
    ...(cancelBatches === true ? (['cancel'] as const) : []),
    ...(out === undefined ? [] : (['export'] as const)),
    ...(answers === undefined ? [] : (['import'] as const)),
  ];
  const [way = 'requests', another] = ways;
  if (another === undefined) return way;
  throw new FsaError('USAGE', 'Questions can go one way at a time.', {
    advice: 'Name one of --batch, --cancel-batches, --export-requests and --import-answers.',
  });
}

type People = Pick<AskTeacherParts, 'asked' | 'judge'>;

/** @throws FsaError CONFIG where a key is missing, or batches are wanted of a model that takes none */
function openPeople(teacher: Teacher, judge: Teacher | null, way: Way): People {
  const open = (one: Teacher): AskedTeacher => ({ teacher: one, provider: one.open() });
  const people = { asked: open(teacher), judge: judge === null ? null : open(judge) };
  if (way !== 'batches') return people;
  for (const one of [people.asked, people.judge]) if (one !== null) requireBatches(one);
  return people;
}

async function closePeople({ asked, judge }: People): Promise<void> {
  await asked.provider.close();
  await judge?.provider.close();
}

async function prepare(
  config: Config,
  { teacher: { place }, judge }: { readonly teacher: Teacher; readonly judge: Teacher | null },
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
  const questions = settings.kinds.map((kind) => new KindQuestions(kind, place, config, demonstrations));
  return {
    files,
    demonstrations,
    questions,
    judging: judge === null ? [] : questions.map((one) => new JudgeQuestions(one, judge.place, config)),
    select: { benchmark, dropOverlaps, limit, signal: work.signal },
  };
}

function warnOfBudget({ usd }: TeachPlan, { teach: { budget } }: Config, { emit }: Work): void {
  if (budget === null || usd === null || usd.least <= budget) return;
  const message = `The budget, ${formatUsd(budget)}, is less than the least that this can cost, ${formatUsd(usd.least)}: the asking will stop on the way.`;
  emit({ type: 'warning', message, where: 'teach.budget' });
}

function warnOfPlan(plan: TeachPlan, config: Config, { emit }: Work): void {
  const skipped = Object.entries(plan.skipped).map(([reason, count]) => `${count} ${reason}`);
  if (skipped.length > 0) {
    const message = `Rows passed over: ${skipped.join(', ')}; the first: ${plan.examples.join('; ')}.`;
    emit({ type: 'warning', message, where: null });
  }
  if (plan.overLong === 0) return;
  const reviews = plan.overLong === 1 ? '1 review is' : `${plan.overLong} reviews are`;
  const message = `${reviews} longer than about ${config.distill.maxInputTokens} tokens: a student reads only their beginning. The first: ${plan.overLongAt.join(', ')}.`;
  emit({ type: 'warning', message, where: null });
}
