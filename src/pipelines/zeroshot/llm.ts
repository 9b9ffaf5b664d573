/** A language model as a classifier: asked directly, one word a row. */
import { Readable } from 'node:stream';
import type { SentimentClass } from '../../data/reviews/labelled.js';
import { digestOfFamily, keyOf } from '../../teacher/answers/question-key.js';
import type { AskItem } from '../../teacher/asking/ask-all.js';
import type { Message, Question } from '../../teacher/llm/provider.js';
import { boundInput, estimateInput } from '../../teacher/spending/tokens.js';
import type { LlmSession } from '../llm/sessions.js';
import type { ZeroshotRow } from './rows.js';
import { classOfWords } from './verdicts.js';

const ANSWER_TOKENS = 8;

function questionOf({ text, term }: ZeroshotRow, classes: readonly SentimentClass[]): Question {
  const words = new Intl.ListFormat('en', { type: 'disjunction' }).format(classes);
  const task =
    term === null
      ? 'You judge the feeling of a customer text as a whole.'
      : 'You judge what a customer text says about one term of it.';
  return {
    messages: [
      { role: 'system', content: `${task} Answer with one word: ${words}.` },
      { role: 'user', content: term === null ? `Text: ${text}` : `Text: ${text}\nTerm: ${term}` },
    ],
    prefill: null,
    sampling: { temperature: 0, maxAnswerTokens: ANSWER_TOKENS, stop: [], seed: 1 },
  };
}

export interface LlmVerdicts {
  readonly classes: readonly (SentimentClass | null)[];
  /** Sum over requests; how many were under way together does not shorten it. */
  readonly seconds: number;
  readonly usd: number;
}

/** The class of every row; null where the model named none. Rows with an answer in the log are not asked again. */
export async function askClasses(
  session: LlmSession,
  rows: readonly ZeroshotRow[],
  classes: readonly SentimentClass[],
): Promise<LlmVerdicts> {
  const { log, teacher } = session;
  const items = rows.map((row): AskItem => {
    const question = questionOf(row, classes);
    return {
      key: keyOf(digestOfFamily(teacher.place, question), question.messages.at(-1) as Message),
      id: row.id,
      question,
      boundInputTokens: boundInput(question),
      likelyInputTokens: estimateInput(question),
    };
  });
  await session.ask(Readable.from(items.filter(({ key }) => !log.index.has(key))));
  const found: (SentimentClass | null)[] = [];
  let [ms, nanoUsd] = [0, 0];
  for (const { key } of items) {
    const answer = await log.index.read(key);
    found.push(answer === null ? null : classOfWords(answer.text, classes));
    ms += answer?.ms ?? 0;
    nanoUsd += answer?.nanoUsd ?? 0;
  }
  return { classes: found, seconds: ms / 1000, usd: nanoUsd / 1e9 };
}
