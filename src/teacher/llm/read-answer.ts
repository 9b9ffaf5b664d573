/** A chat completion as an answer: what servers really send, taken apart with care. */
import { z } from 'zod';
import { AskFailure, type Answer, type Usage } from './provider.js';
import { jsonOrNull } from '../../storage/json-or-null.js';
import { withoutThoughts } from '../reading/thinking.js';

/** More than any model takes in or gives out. */
const MOST_TOKENS = 1e9;

const count = z.int().min(0).max(MOST_TOKENS);

const completionSchema = z.object({
  id: z.string().nullish(),
  model: z.string().nullish(),
  choices: z.array(
    z.object({
      finish_reason: z.string().nullish(),
      message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
    }),
  ),
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count,
      prompt_tokens_details: z.object({ cached_tokens: count.nullish() }).nullish(),
    })
    .nullish()
    .catch(null),
});

/** Says what to do, as it stands beside every row that it happened to. */
export const ONLY_THOUGHTS =
  'The answer ends within the thoughts of the model: turn thinking off at the server, let it keep thoughts apart (reasoning parser), or raise the limit on answers';

/**
 * @param text the body of an answer with status 200
 * @throws AskFailure where there is no usable answer in it; what it cost is known all the same, if the server says
 */
export function readAnswer(
  text: string,
  headers: Readonly<Record<string, string>>,
  { begun, cap }: { readonly begun: string | null; readonly cap: number },
): Answer {
  const parsed = completionSchema.safeParse(jsonOrNull(text));
  if (!parsed.success) {
    throw new AskFailure('The server answered with something that is no chat completion', 'again', {
      charged: 'possibly',
      status: 200,
    });
  }
  const { data } = parsed;
  const [choice] = data.choices;
  const usage = usageOf(data.usage, choice?.message.content ?? '');
  const charged = usage ?? 'possibly';
  if (choice === undefined)
    throw new AskFailure('The server answered without a choice', 'again', { charged });
  if (choice.finish_reason === 'content_filter') {
    throw new AskFailure("The server's filter refused this text", 'row', { charged });
  }
  if (choice.message.refusal != null && choice.message.refusal !== '') {
    throw new AskFailure('The model refused to answer', 'row', { charged });
  }
  const content = choice.message.content ?? '';
  // Some servers say "stop" at the limit: the count of tokens tells.
  const cut = choice.finish_reason === 'length' || (usage !== null && usage.outputTokens >= cap);
  if (content.trim() === '') {
    throw new AskFailure('The answer is empty', cut ? 'row' : 'again', { charged });
  }
  const answer = withoutThoughts(content);
  if (answer.trim() === '') throw new AskFailure(ONLY_THOUGHTS, 'row', { charged });
  return {
    text: withBeginning(answer, begun),
    finish: cut ? 'cut' : 'whole',
    servedModel: data.model ?? null,
    requestId: headers['x-request-id'] || data.id || null,
    usage,
  };
}

/** The answer with the beginning that was given to it, once: some servers repeat it, others go on after it. */
function withBeginning(text: string, begun: string | null): string {
  const trimmed = text.trimStart();
  return begun === null || trimmed.startsWith(begun) ? trimmed : `${begun}${text}`;
}

/** Some servers that count nothing say so with zeros: a question that has no tokens, or an answer, is not counted. */
function usageOf(usage: z.infer<typeof completionSchema>['usage'], content: string): Usage | null {
  if (usage == null || usage.prompt_tokens === 0) return null;
  if (usage.completion_tokens === 0 && content !== '') return null;
  return {
    inputTokens: usage.prompt_tokens,
    cachedInputTokens: Math.min(usage.prompt_tokens, usage.prompt_tokens_details?.cached_tokens ?? 0),
    outputTokens: usage.completion_tokens,
  };
}
