/** Questions as a file that `vllm run-batch` or a provider's batch service reads, and their answers back. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { TextWriter } from '../../data/formats/text-writer.js';
import { selectReviews } from '../../data/reviews/select.js';
import { FsaError } from '../../errors.js';
import { writeRequest } from '../../teacher/llm/chat.js';
import { isSameModel, outcomeOf, readBatchLine, writeBatchLine } from '../../teacher/batches/lines.js';
import type { Usage } from '../../teacher/llm/provider.js';
import { type Amount, NOTHING } from '../../teacher/spending/budget.js';
import { costOf } from '../../teacher/spending/price.js';
import type { Teacher } from '../llm/teacher.js';
import type { KindQuestions } from './items.js';
import type { TeachRun } from './open.js';
import type { Prepared } from './types.js';

interface FileParts extends Prepared {
  readonly teacher: Teacher;
  readonly run: TeachRun;
}

/** Writes the questions that have no answer yet, a line each; the number of them. */
export async function exportRequests(
  path: string,
  { files, questions, select, teacher, run }: FileParts,
): Promise<number> {
  const writer = await TextWriter.create(path);
  let requests = 0;
  try {
    for (const one of questions) {
      const { index } = run.logOf(one.kind);
      for await (const review of selectReviews(files, select)) {
        const { key, question } = one.item(review);
        if (index.has(key)) continue;
        await writer.write(writeBatchLine(key, writeRequest(question, teacher.place)));
        requests += 1;
      }
    }
    await writer.finish();
    return requests;
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** Problems shown of a file. */
const PROBLEMS_SHOWN = 20;

/**
 * Takes answers from a file into the logs; those that are known already are passed over.
 * @returns what is wrong with the file, once all that is right has been kept; null where nothing is
 */
export async function importAnswers(path: string, parts: FileParts): Promise<FsaError | null> {
  if ((await stat(path).catch(() => null))?.isFile() !== true) {
    throw new FsaError('DATA', 'There is no such file of answers.', { where: path });
  }
  const asked = await askedKeys(parts);
  const seen = new Set<string>();
  const problems: string[] = [];
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    line += 1;
    if (text.trim() === '') continue;
    const fault = await importLine(text, asked, seen, parts);
    if (fault !== null) problems.push(`${path}:${line} ${fault}`);
  }
  if (problems.length === 0) return null;
  return new FsaError('DATA', `${problems.length} of ${line} lines are no answers to what was asked.`, {
    where: path,
    problems: problems.slice(0, PROBLEMS_SHOWN),
    advice: 'All other answers were kept; the same command without them asks, or exports, the rest.',
  });
}

type Asked = ReadonlyMap<string, { readonly id: string; readonly one: KindQuestions }>;

async function askedKeys({ files, questions, select }: FileParts): Promise<Asked> {
  const asked = new Map<string, { id: string; one: KindQuestions }>();
  for (const one of questions) {
    for await (const review of selectReviews(files, select))
      asked.set(one.keyOf(review), { id: review.id, one });
  }
  return asked;
}

/** What is wrong with a line; null where its answer was kept or is there already. */
async function importLine(
  text: string,
  asked: Asked,
  seen: Set<string>,
  { teacher, run }: FileParts,
): Promise<string | null> {
  const parsed = readBatchLine(text);
  if (parsed === null) return 'is no line of an answer file (custom_id, response)';
  const { custom_id: key } = parsed;
  const found = asked.get(key);
  if (found === undefined) return `custom_id: ${key.slice(0, 80)} is no question of this run`;
  if (seen.has(key)) return `custom_id: ${key.slice(0, 12)}… stands here twice`;
  seen.add(key);
  const { id, one } = found;
  const log = run.logOf(one.kind);
  if (log.index.has(key)) return null;
  const head = { key, id, attempt: 1 };
  const outcome = outcomeOf(parsed, one.question(''), teacher.place);
  const costs = (usage: Usage | null): Amount =>
    usage === null ? NOTHING : costOf(usage, teacher.batchPrice);
  if (outcome.type === 'failure') {
    const { reason, charged } = outcome;
    const usage = typeof charged === 'object' ? charged : null;
    await log.failed({ type: 'failed', ...head, ...costs(usage), exact: true, reason, final: true });
    return null;
  }
  const { servedModel: model, usage, text: said, finish, requestId } = outcome.answer;
  if (model !== null && !isSameModel(model, teacher.place.model))
    return `model: ${model.slice(0, 80)} answered, not ${teacher.place.model}`;
  const about = { finish, model, requestId, usage, exact: true, ms: 0, reusedFrom: null };
  await log.answered({ type: 'answered', ...head, ...costs(usage), ...about, text: said });
  return null;
}
