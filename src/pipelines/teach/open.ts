/** The folder of a teaching run: what it stands on, its logs, and what it has cost before. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import type { Config } from '../../config/schema.js';
import { readOwnVersion } from '../../config/version.js';
import type { Emit } from '../../events.js';
import { FsaError } from '../../errors.js';
import { refuseOtherRun, RunFolder } from '../../runs/run-folder.js';
import type { RunFile } from '../../runs/types.js';
import { writeFileAtomic } from '../../storage/atomic-write.js';
import { hashFile } from '../../storage/digest.js';
import { AnswerIndex } from '../../teacher/answers/answer-index.js';
import { AnswerLog, shardsOf } from '../../teacher/answers/answer-log.js';
import { BatchLedger } from '../../teacher/batches/ledger.js';
import type { Kind } from '../../teacher/prompts/kinds.js';
import { add, type Amount, NOTHING } from '../../teacher/spending/budget.js';
import { describeMaking } from '../run/making.js';
import { readDataNotes } from '../run/run-file.js';
import type { TeachPlan } from './plan.js';
import type { Prepared, TeachOptions } from './types.js';
import type { Teacher } from '../llm/teacher.js';

/** The answers of a teacher, or the grades that a judge gave them. */
export type LogName = Kind | `judge-${Kind}` | 'probe';

/** What the first request found out about the teacher. */
export const TEACHER_TRAITS = 'teacher.json';

/** What all requests in a folder have cost, and may have. */
export interface Spending {
  readonly spent: Amount;
  readonly possible: Amount;
  /** What batches under way may cost. */
  readonly atServer: Amount;
}

export interface TeachRun {
  readonly folder: string;
  readonly emit: Emit;
  logOf(name: LogName): AnswerLog;
  readonly reuse: readonly { readonly run: string; readonly index: AnswerIndex }[];
  /** Batches of all starts; null where none was ever made. */
  readonly batches: BatchLedger | null;
  /** Up to now, over all starts. */
  spending(): Spending;
  /** Requests of earlier starts whose answer never reached the disk. */
  readonly lostRequests: number;
  /** Why questions have no answer, one reason for each. */
  failures(): string[];
  write(name: string, content: string): Promise<void>;
  close(): Promise<void>;
}

interface OpenParts extends Prepared {
  readonly config: Config;
  readonly teacher: Teacher;
  readonly plan: TeachPlan;
  readonly options: TeachOptions;
  readonly cwd: string;
  readonly emit: Emit;
}

/** The checks that opening makes, with nothing written. @throws FsaError RUN_FOLDER, USAGE */
export async function checkTeachRun(folder: string, parts: OpenParts): Promise<void> {
  const { options, cwd } = parts;
  for (const run of options.reuse ?? []) await shardsToReuse(run, cwd);
  if (options.replace !== true) await refuseOtherRun(folder, await describe(folder, parts));
}

/** @throws FsaError RUN_FOLDER where the folder is in use, or holds answers to other questions */
export async function openTeachRun(folder: string, parts: OpenParts): Promise<TeachRun> {
  const { config, options, cwd } = parts;
  const reuse = await openReused(options.reuse ?? [], cwd);
  const run = await RunFolder.open(folder, await describe(folder, parts), {
    replace: options.replace === true,
  });
  await run.nameMaker();
  const emit: Emit = (body) => {
    run.record({ ...body, time: new Date().toISOString() });
    parts.emit(body);
  };
  const logs = new Map<string, AnswerLog>();
  let batches: BatchLedger | null = null;
  const close = async (): Promise<void> => {
    for (const log of logs.values()) await log.close();
    await batches?.close();
    for (const { index } of reuse) await index.close();
    await run.close();
  };
  try {
    const onFullDisk = (): void => {
      const message =
        'The disk is full: nothing more is asked, and the answers under way are kept for a minute.';
      emit({ type: 'warning', message, where: folder });
    };
    const ledger = join(folder, 'batches.ndjson');
    const isWanted = options.batch === true || options.cancelBatches === true;
    if (isWanted || existsSync(ledger)) batches = await BatchLedger.open(ledger, onFullDisk);
    const answers = join(folder, 'answers');
    for (const [name, file] of await logFiles(answers, parts)) {
      const { shardRows } = config.teach;
      logs.set(name, await AnswerLog.open(answers, file, { shardRows, onFullDisk }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const all = [...logs.values()].map(({ index }) => index);
  const lostRequests = all.reduce((sum, { lost }) => sum + lost, 0);
  if (lostRequests > 0) {
    const requests = lostRequests === 1 ? '1 request' : `${lostRequests} requests`;
    const message = `${requests} of earlier starts never had an answer on the disk: what was sent may have been charged, and is asked again.`;
    emit({ type: 'warning', message, where: folder });
  }
  return {
    folder,
    emit,
    reuse,
    batches,
    logOf: (name) => logs.get(name) as AnswerLog,
    spending: () => ({
      spent: all.map(({ spent }) => spent).reduce(add),
      possible: all.map(({ possible }) => possible).reduce(add),
      atServer: batches?.worst ?? NOTHING,
    }),
    lostRequests,
    failures: () => all.flatMap(({ failures }) => [...failures.values()]),
    write: async (name, content) => {
      await writeFileAtomic(join(folder, name), content);
    },
    close,
  };
}

/** Every log that is needed, and those of a judge who is asked no more: what they cost counts all the same. */
async function logFiles(
  folder: string,
  { config, questions, judging }: OpenParts,
): Promise<[LogName, string][]> {
  const files: [LogName, string][] = [['probe', 'probe']];
  for (const { kind } of questions) {
    const [own, grades] = [`${kind}-${config.teach.domain}`, `judge-${kind}-${config.teach.domain}`];
    files.push([kind, own]);
    if (judging.length > 0 || (await shardsOf(folder, grades)).length > 0)
      files.push([`judge-${kind}`, grades]);
  }
  return files;
}

async function describe(folder: string, parts: OpenParts): Promise<RunFile> {
  const { config, teacher, questions, files, cwd } = parts;
  const { place } = teacher;
  const hashes: Record<string, string> = {};
  for (const file of files) hashes[relative(cwd, file) || file] = await hashFile(file, parts.select.signal);
  return {
    schema: 1,
    kind: 'teach',
    name: basename(folder),
    createdAt: new Date().toISOString(),
    fsaVersion: readOwnVersion(),
    config,
    identity: {
      teacher: place.name,
      model: place.model,
      domain: config.teach.domain,
      questions: Object.fromEntries(questions.map(({ kind, family }) => [kind, family])),
    },
    hashes,
    versions: { node: process.versions.node },
    device: place.baseUrl,
    notes: await readDataNotes(config.teach.reviews, cwd),
    made: await describeMaking(),
  };
}

async function openReused(
  runs: readonly string[],
  cwd: string,
): Promise<{ run: string; index: AnswerIndex }[]> {
  const found: { run: string; index: AnswerIndex }[] = [];
  for (const run of runs) {
    const index = new AnswerIndex();
    for (const shard of await shardsToReuse(run, cwd)) await index.readShard(shard);
    found.push({ run, index });
  }
  return found;
}

/** @throws FsaError USAGE where the run has no answers */
async function shardsToReuse(run: string, cwd: string): Promise<string[]> {
  const folder = join(resolve(cwd, run), 'answers');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.ndjson')).sort();
  if (names.length > 0) return names.map((name) => join(folder, name));
  throw new FsaError('USAGE', 'There are no answers to take over.', {
    where: resolve(cwd, run),
    advice: 'Name a folder that fsa teach wrote with --reuse.',
  });
}
