/** Reviews as questions with their keys, one at a time; those that have an answer already are passed over. */
import type { Config } from '../../config/schema.js';
import { selectReviews, type SelectOptions } from '../../data/reviews/select.js';
import type { Review } from '../../data/reviews/reviews.js';
import type { AnswerIndex } from '../../teacher/answers/answer-index.js';
import type { AnswerLog } from '../../teacher/answers/answer-log.js';
import { digestOfFamily, keyOf } from '../../teacher/answers/question-key.js';
import type { AskItem } from '../../teacher/asking/ask-all.js';
import type { Message, Question } from '../../teacher/llm/provider.js';
import type { Demonstration } from '../../teacher/prompts/demonstrations.js';
import type { Kind } from '../../teacher/prompts/kinds.js';
import { writeQuestion } from '../../teacher/prompts/prompt.js';
import { boundInput, estimateInput, estimateTokens } from '../../teacher/spending/tokens.js';
import { samplingOf } from './plan.js';

/** The questions of one kind: what they share, worked out once. */
export class KindQuestions {
  readonly family: string;
  readonly #fixedTokens: number;

  constructor(
    readonly kind: Kind,
    who: { readonly name: string; readonly model: string },
    private readonly config: Config,
    private readonly demonstrations: readonly Demonstration[],
  ) {
    const empty = this.question('');
    this.family = digestOfFamily(who, empty);
    this.#fixedTokens = estimateInput(empty);
  }

  question(review: string): Question {
    return writeQuestion(this.kind, review, this.demonstrations, samplingOf(this.config));
  }

  item(review: Review): AskItem {
    const question = this.question(review.text);
    return {
      key: keyOf(this.family, question.messages.at(-1) as Message),
      id: review.id,
      question,
      boundInputTokens: boundInput(question),
      likelyInputTokens: this.#fixedTokens + estimateTokens(review.text),
    };
  }

  keyOf(review: Review): string {
    return keyOf(this.family, { role: 'user', content: `Review: ${review.text}` });
  }
}

/** A question for every review, answered already or not. */
export async function* reviewItems(
  questions: KindQuestions,
  { files, select }: { readonly files: readonly string[]; readonly select: SelectOptions },
): AsyncGenerator<AskItem> {
  for await (const review of selectReviews(files, select)) yield questions.item(review);
}

export interface PendingParts {
  readonly log: AnswerLog;
  /** Answers of other runs that are taken over. */
  readonly reuse: readonly { readonly run: string; readonly index: AnswerIndex }[];
  readonly contextTokens: number | null;
  readonly onReused: () => void;
  readonly onTooLong: () => void;
}

/** Where the model's size is not set: a row beyond this is a file gone wrong, and would cost what thousands do. */
const LONGEST_TOKENS = 200_000;

/** What is still to be asked. */
export async function* pendingItems(
  items: AsyncIterable<AskItem>,
  parts: PendingParts,
): AsyncGenerator<AskItem> {
  const { log, contextTokens } = parts;
  for await (const item of items) {
    if (log.index.has(item.key)) continue;
    if (await takeOver(item, parts)) {
      parts.onReused();
      continue;
    }
    const needed = item.likelyInputTokens + item.question.sampling.maxAnswerTokens;
    const holds = contextTokens ?? LONGEST_TOKENS;
    if (needed > holds) {
      const { maxAnswerTokens } = item.question.sampling;
      const most = contextTokens === null ? 'more is not asked than' : 'the model holds';
      const reason = `The question takes about ${item.likelyInputTokens} tokens and its answer up to ${maxAnswerTokens}; ${most} ${holds}`;
      const head = { key: item.key, id: item.id, attempt: 0, nanoUsd: 0, tokens: 0, exact: true };
      await log.failed({ type: 'failed', ...head, reason, final: true });
      parts.onTooLong();
      continue;
    }
    yield item;
  }
}

async function takeOver({ key, id }: AskItem, { reuse, log }: PendingParts): Promise<boolean> {
  for (const { run, index } of reuse) {
    const answer = await index.read(key);
    if (answer === null) continue;
    await log.answered({ ...answer, id, nanoUsd: 0, tokens: 0, exact: true, reusedFrom: run });
    return true;
  }
  return false;
}
