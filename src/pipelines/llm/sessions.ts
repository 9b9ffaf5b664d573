/** The language models of a run: each with its log of answers in the run's folder, all under one budget. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../../config/schema.js';
import type { Emit } from '../../events.js';
import { writeFileAtomic } from '../../storage/atomic-write.js';
import { jsonOrNull } from '../../storage/json-or-null.js';
import { AnswerLog } from '../../teacher/answers/answer-log.js';
import type { AskItem } from '../../teacher/asking/ask-all.js';
import type { Provider } from '../../teacher/llm/provider.js';
import { add, Budget, NANO } from '../../teacher/spending/budget.js';
import { Asker, type AskerParts } from './asker.js';
import { findTeacher, settingsFor, type Teacher } from './teacher.js';

export interface LlmSession {
  readonly name: string;
  readonly teacher: Teacher;
  readonly log: AnswerLog;
  /**
   * Whether answers are held to a JSON schema. Found out once for a model of a run and then kept, so that a rerun asks
   * the same questions.
   */
  holdsForms(): Promise<boolean>;
  /** Asks what has no answer in the log yet. */
  ask(items: AsyncIterable<AskItem>): Promise<void>;
}

export interface Sessions {
  readonly byName: ReadonlyMap<string, LlmSession>;
  readonly budget: Budget;
  close(): Promise<void>;
}

export interface SessionsParts {
  readonly config: Config;
  /** What each is called, and where it is: as in `llm.model`. */
  readonly teachers: ReadonlyMap<string, Teacher>;
  readonly usd: number | null;
  readonly folder: string;
  /** As all of them are asked. */
  readonly drawn: AskerParts['drawn'];
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** Where every named model is. @throws FsaError CONFIG */
export function findTeachers(
  config: Config,
  models: Readonly<Record<string, string>>,
  usd: number | null,
  cwd: string,
): Map<string, Teacher> {
  return new Map(
    Object.entries(models).map(([name, model]) => [
      name,
      findTeacher({ ...config, llm: settingsFor(config.llm, model) }, usd, cwd),
    ]),
  );
}

/** Opens the logs; nobody is asked before the first question. @throws FsaError CONFIG where a key is missing */
export async function openSessions(parts: SessionsParts): Promise<Sessions> {
  const { config, teachers, usd, folder, drawn, emit, signal } = parts;
  const logs: AnswerLog[] = [];
  const providers: Provider[] = [];
  const onFullDisk = (): void =>
    emit({ type: 'warning', message: 'The disk is full: nothing more is asked.', where: folder });
  const open = async (name: string): Promise<AnswerLog> => {
    const options = { shardRows: config.teach.shardRows, onFullDisk };
    const log = await AnswerLog.open(join(folder, 'answers'), fileNameOf(name), options);
    logs.push(log);
    return log;
  };
  const close = async (): Promise<void> => {
    for (const provider of providers) await provider.close();
    for (const log of logs) await log.close();
  };
  try {
    const opened: {
      name: string;
      teacher: Teacher;
      provider: Provider;
      log: AnswerLog;
      probeLog: AnswerLog;
    }[] = [];
    for (const [name, teacher] of teachers) {
      const provider = teacher.open();
      providers.push(provider);
      opened.push({ name, teacher, provider, log: await open(name), probeLog: await open(`probe-${name}`) });
    }
    const nothing = { nanoUsd: 0, tokens: 0 };
    const limits = { nanoUsd: usd === null ? null : Math.floor(usd * NANO), tokens: null };
    const budget = new Budget(limits, {
      spent: logs.map(({ index }) => index.spent).reduce(add, nothing),
      possible: logs.map(({ index }) => index.possible).reduce(add, nothing),
    });
    const byName = new Map<string, LlmSession>();
    for (const { name, teacher, provider, log, probeLog } of opened) {
      const form = config.llm.structured === 'auto';
      const traits = new KeptTraits(join(folder, 'answers', `${fileNameOf(name)}.json`));
      const asker = new Asker({
        ...{ provider, budget, probeLog, emit, signal, form, drawn },
        llm: config.llm,
        price: teacher.price,
        onProbed: async (found) => {
          // What is asked from now on is what was asked before.
          if (form && log.index.answers === 0) await traits.write(found);
        },
      });
      const holdsForms = async (): Promise<boolean> => {
        if (!form) return false;
        if (log.index.answers === 0) await asker.probe();
        return await traits.holdsForms(provider);
      };
      const ask = async (items: AsyncIterable<AskItem>): Promise<void> => await asker.ask(items, log);
      byName.set(name, { name, teacher, log, holdsForms, ask });
    }
    return { byName, budget, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const traitsSchema = z.object({ name: z.string(), model: z.string(), holdsForms: z.boolean() });

/** What a probe found out about a model, beside its answers. */
class KeptTraits {
  constructor(private readonly path: string) {}

  async write({ name, model, holdsForms }: z.infer<typeof traitsSchema>): Promise<void> {
    await writeFileAtomic(this.path, `${JSON.stringify({ name, model, holdsForms })}\n`);
  }

  /** False as well where nothing was kept, or it is about another model. */
  async holdsForms({ name, model }: Pick<Provider, 'name' | 'model'>): Promise<boolean> {
    const kept = traitsSchema.safeParse(jsonOrNull(await readFile(this.path, 'utf8').catch(() => '')));
    return kept.success && kept.data.name === name && kept.data.model === model && kept.data.holdsForms;
  }
}

const fileNameOf = (name: string): string => name.replace(/[^\w.-]+/g, '_').slice(0, 80);
