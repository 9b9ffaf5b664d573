/** The folder of a teaching run: what it stands on, its logs, and what it has cost before. */
import { readdir } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import type { Config } from '../../config/schema.js';
import { readOwnVersion } from '../../config/version.js';
import type { Emit } from '../../events.js';
import { FsaError } from '../../errors.js';
import { RunFolder } from '../../runs/run-folder.js';
import type { RunFile } from '../../runs/types.js';
import { writeFileAtomic } from '../../storage/atomic-write.js';
import { hashFile } from '../../storage/digest.js';
import { AnswerIndex } from '../../teacher/answers/answer-index.js';
import { AnswerLog } from '../../teacher/answers/answer-log.js';
import type { Kind } from '../../teacher/prompts/kinds.js';
import { add, type Amount } from '../../teacher/spending/budget.js';
import { readDataNotes } from '../run/run-file.js';
import type { TeachPlan } from './plan.js';
import type { Prepared, TeachOptions } from './types.js';
import type { Teacher } from '../llm/teacher.js';

export interface TeachRun {
  readonly folder: string;
  readonly emit: Emit;
  logOf(kind: Kind | 'probe'): AnswerLog;
  readonly reuse: readonly { readonly run: string; readonly index: AnswerIndex }[];
  /** What all requests before this start have cost, and may have. */
  readonly before: { readonly spent: Amount; readonly possible: Amount };
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

/** @throws FsaError RUN_FOLDER where the folder is in use, or holds answers to other questions */
export async function openTeachRun(folder: string, parts: OpenParts): Promise<TeachRun> {
  const { config, options, cwd, questions } = parts;
  const reuse = await openReused(options.reuse ?? [], cwd);
  const run = await RunFolder.open(folder, await describe(folder, parts), {
    replace: options.replace === true,
  });
  const emit: Emit = (body) => {
    run.record({ ...body, time: new Date().toISOString() });
    parts.emit(body);
  };
  const logs = new Map<string, AnswerLog>();
  const close = async (): Promise<void> => {
    for (const log of logs.values()) await log.close();
    for (const { index } of reuse) await index.close();
    await run.close();
  };
  try {
    const onFullDisk = (): void => {
      const message =
        'The disk is full: nothing more is asked, and the answers under way are kept for a minute.';
      emit({ type: 'warning', message, where: folder });
    };
    for (const kind of ['probe', ...questions.map((one) => one.kind)]) {
      const name = kind === 'probe' ? kind : `${kind}-${config.teach.domain}`;
      const log = await AnswerLog.open(join(folder, 'answers'), name, {
        shardRows: config.teach.shardRows,
        onFullDisk,
      });
      logs.set(kind, log);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const all = [...logs.values()].map(({ index }) => index);
  const lostRequests = all.reduce((sum, { lost }) => sum + lost, 0);
  if (lostRequests > 0) {
    const message = `${lostRequests} requests of earlier starts have no answer on the disk: they may have been charged, and are asked again.`;
    emit({ type: 'warning', message, where: folder });
  }
  return {
    folder,
    emit,
    reuse,
    logOf: (kind) => logs.get(kind) as AnswerLog,
    before: {
      spent: all.map(({ spent }) => spent).reduce(add),
      possible: all.map(({ possible }) => possible).reduce(add),
    },
    lostRequests,
    failures: () => all.flatMap(({ failures }) => [...failures.values()]),
    write: async (name, content) => await writeFileAtomic(join(folder, name), content),
    close,
  };
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
  };
}

async function openReused(
  runs: readonly string[],
  cwd: string,
): Promise<{ run: string; index: AnswerIndex }[]> {
  const found: { run: string; index: AnswerIndex }[] = [];
  for (const run of runs) {
    const folder = join(resolve(cwd, run), 'answers');
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.ndjson')).sort();
    if (names.length === 0) {
      throw new FsaError('USAGE', 'There are no answers to take over.', {
        where: resolve(cwd, run),
        advice: 'Name a folder that fsa teach wrote with --reuse.',
      });
    }
    const index = new AnswerIndex();
    for (const name of names) await index.readShard(join(folder, name));
    found.push({ run, index });
  }
  return found;
}
