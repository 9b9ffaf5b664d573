/** Questions as a file that `vllm run-batch` or a provider's batch service reads, and their answers back. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { TextWriter } from '../../data/formats/text-writer.js';
import { selectReviews } from '../../data/reviews/select.js';
import { FsaError } from '../../errors.js';
import { writeRequest } from '../../teacher/llm/chat.js';
import { AskFailure } from '../../teacher/llm/provider.js';
import { readAnswer } from '../../teacher/llm/read-answer.js';
import { costOf } from '../../teacher/spending/price.js';
import type { Teacher } from '../llm/teacher.js';
import type { KindQuestions } from './items.js';
import type { TeachRun } from './open.js';
import type { Prepared } from './types.js';
import { jsonOrNull } from '../../storage/json-or-null.js';

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
        const body = writeRequest(question, teacher.place);
        const line = { custom_id: key, method: 'POST', url: '/v1/chat/completions', body };
        await writer.write(`${JSON.stringify(line)}\n`);
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

const lineSchema = z.object({
  custom_id: z.string(),
  response: z
    .object({ status_code: z.int().nullish(), request_id: z.string().nullish(), body: z.unknown() })
    .nullish(),
  error: z.unknown(),
});

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
  const parsed = lineSchema.safeParse(jsonOrNull(text));
  if (!parsed.success) return 'is no line of an answer file (custom_id, response)';
  const { custom_id: key, response } = parsed.data;
  const found = asked.get(key);
  if (found === undefined) return `custom_id: ${key.slice(0, 80)} is no question of this run`;
  if (seen.has(key)) return `custom_id: ${key.slice(0, 12)}… stands here twice`;
  seen.add(key);
  const { id, one } = found;
  const log = run.logOf(one.kind);
  if (log.index.has(key)) return null;
  const head = { key, id, attempt: 1 };
  const nothing = { nanoUsd: 0, tokens: 0, exact: true };
  const fail = async (reason: string): Promise<null> => {
    await log.failed({ type: 'failed', ...head, ...nothing, reason, final: true });
    return null;
  };
  const status = response?.status_code ?? 200;
  if (response == null || status !== 200)
    return await fail(`The batch has no answer (${response == null ? 'none' : status})`);
  const { sampling, prefill } = one.question('');
  try {
    const begun = teacher.place.prefill === 'none' ? null : prefill;
    const answer = readAnswer(JSON.stringify(response.body), {}, { begun, cap: sampling.maxAnswerTokens });
    const { servedModel: model, usage, text: said, finish } = answer;
    if (model !== null && model !== teacher.place.model)
      return `model: ${model.slice(0, 80)} answered, not ${teacher.place.model}`;
    const amount = usage === null ? nothing : { ...costOf(usage, teacher.price), exact: true };
    const about = {
      finish,
      model,
      requestId: response.request_id ?? answer.requestId,
      usage,
      ms: 0,
      reusedFrom: null,
    };
    await log.answered({ type: 'answered', ...head, ...amount, ...about, text: said });
    return null;
  } catch (error) {
    if (error instanceof AskFailure) return await fail(error.message);
    throw error;
  }
}
