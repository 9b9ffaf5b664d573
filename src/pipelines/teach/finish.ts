/** The end of a teaching run: the corpus and its card from what was answered, and what it came to. */
import { basename, join } from 'node:path';
import type { Config } from '../../config/schema.js';
import { TextWriter } from '../../data/formats/text-writer.js';
import type { FsaError } from '../../errors.js';
import type { Teacher } from '../llm/teacher.js';
import { writeCard } from './card.js';
import { type KindCorpus, writeKindCorpus } from './corpus-files.js';
import { costsOf } from './costs.js';
import type { TeachRun } from './open.js';
import type { TeachPlan } from './plan.js';
import { keptNothing, type Prepared, type TeachResult } from './types.js';

export interface FinishParts extends Prepared {
  readonly config: Config;
  readonly teacher: Teacher;
  readonly judge: Teacher | null;
  readonly plan: TeachPlan;
  readonly run: TeachRun;
  readonly signal: AbortSignal;
}

/** Writes the corpus and its card; what was answered before a stop was paid for, and becomes a corpus first. */
export async function finish(
  stopped: FsaError | null,
  parts: FinishParts,
  seconds: () => number,
): Promise<Omit<TeachResult, 'seconds'>> {
  const { run, plan, config, teacher } = parts;
  const { folder } = run;
  const kinds = await writeCorpus(parts);
  const result = {
    ...{ folder, plan, kinds, exported: null },
    corpusFolder: join(folder, 'corpus'),
    failures: failuresOf(run),
    costs: costsOf(run, teacher, parts.judge),
  };
  await writeCard(result, { config, teacher, run });
  if (stopped !== null) throw stopped;
  if (keptNothing(result)) {
    const message = 'No answer was kept, so there is no corpus: rejected.ndjson says why.';
    run.emit({ type: 'warning', message, where: join(folder, 'rejected.ndjson') });
  }
  run.emit({
    type: 'run-finished',
    run: basename(folder),
    folder,
    done: Object.values(kinds).reduce((sum, { kept }) => sum + kept, 0),
    failed: Object.values(result.failures).reduce((sum, count) => sum + count, 0),
    seconds: seconds(),
  });
  return result;
}

async function writeCorpus(parts: FinishParts): Promise<Record<string, KindCorpus>> {
  const { config, files: reviewFiles, questions, judging, select, run, signal } = parts;
  signal.throwIfAborted();
  const rejected = await TextWriter.create(join(run.folder, 'rejected.ndjson'));
  const kinds: Record<string, KindCorpus> = {};
  try {
    for (const one of questions) {
      const { kind } = one;
      const judge = judging.find(({ of }) => of === one);
      const graded =
        judge === undefined ? null : { questions: judge, index: run.logOf(`judge-${kind}`).index };
      const writing = { folder: run.folder, config, reviewFiles, select, rejected, judging: graded };
      kinds[kind] = await writeKindCorpus(one, run.logOf(kind).index, writing);
    }
    await rejected.finish();
  } catch (error) {
    await rejected.discard();
    throw error;
  }
  const ungraded = Object.values(kinds).reduce((sum, { filters }) => sum + (filters.ungraded?.found ?? 0), 0);
  if (ungraded > 0) {
    const message = `${ungraded} answers have no grade${config.teach.judge.minScore === null ? '' : ', and so are not in the corpus'}: the same command goes on where grades are missing.`;
    run.emit({ type: 'warning', message, where: null });
  }
  return kinds;
}

function failuresOf(run: TeachRun): Record<string, number> {
  const failures: Record<string, number> = {};
  for (const reason of run.failures()) failures[reason] = (failures[reason] ?? 0) + 1;
  return failures;
}
