/**
 * Lines of batch files, as providers' batch services and `vllm run-batch` write and read them: a question with its
 * `custom_id`, and what became of it.
 */
import { z } from 'zod';
import { jsonOrNull } from '../../storage/json-or-null.js';
import type { ModelPlace } from '../llm/model-name.js';
import { AskFailure, type Answer, type Question } from '../llm/provider.js';
import { readAnswer } from '../llm/read-answer.js';

export const BATCH_ENDPOINT = '/v1/chat/completions';

/** A question as a line, with its line break. */
export function writeBatchLine(key: string, body: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ custom_id: key, method: 'POST', url: BATCH_ENDPOINT, body })}\n`;
}

const lineSchema = z.object({
  custom_id: z.string(),
  response: z
    .object({ status_code: z.int().nullish(), request_id: z.string().nullish(), body: z.unknown() })
    .nullish(),
  error: z.object({ code: z.unknown(), message: z.string().nullish() }).partial().nullish().catch(null),
});

export type BatchLine = z.infer<typeof lineSchema>;

/** Null where it is no such line. */
export function readBatchLine(text: string): BatchLine | null {
  const parsed = lineSchema.safeParse(jsonOrNull(text));
  return parsed.success ? parsed.data : null;
}

/** The server never came to this question: the batch expired or was cancelled before. */
export function isLeftOut({ response, error }: BatchLine): boolean {
  return response == null && typeof error?.code === 'string' && error.code.startsWith('batch_');
}

export type BatchOutcome =
  | { readonly type: 'answer'; readonly answer: Answer }
  | {
      readonly type: 'failure';
      readonly reason: string;
      /** Whether asking again would change nothing. */
      readonly final: boolean;
      /** What it cost all the same. */
      readonly charged: AskFailure['details']['charged'];
    };

/** What a line says about a question. */
export function outcomeOf(
  { response, error }: BatchLine,
  { prefill, sampling }: Pick<Question, 'prefill' | 'sampling'>,
  place: Pick<ModelPlace, 'prefill'>,
): BatchOutcome {
  const status = response?.status_code ?? 200;
  if (response == null || status !== 200) {
    const said = error?.message ?? (typeof error?.code === 'string' ? error.code : null);
    const why = response == null ? (said ?? 'none') : String(status);
    const final = status === 400 || status === 413 || status === 422;
    return {
      type: 'failure',
      reason: `The batch has no answer (${why.slice(0, 200)})`,
      final,
      charged: 'no',
    };
  }
  try {
    const begun = place.prefill === 'none' ? null : prefill;
    const answer = readAnswer(JSON.stringify(response.body), {}, { begun, cap: sampling.maxAnswerTokens });
    return {
      type: 'answer',
      answer: { ...answer, requestId: response.request_id ?? answer.requestId },
    };
  } catch (failure) {
    if (!(failure instanceof AskFailure)) throw failure;
    const { charged } = failure.details;
    return { type: 'failure', reason: failure.message, final: failure.consequence === 'row', charged };
  }
}

/** Whether a server may call a model so that was asked for by another name: more exactly, with a date or a version. */
export function isSameModel(served: string, asked: string): boolean {
  if (served === asked) return true;
  const base = asked.replace(/-latest$/, '');
  return served.startsWith(base) && /^-\d[\d.-]*$/.test(served.slice(base.length));
}
