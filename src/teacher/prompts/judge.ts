/** A second model's grade of an answer: what it is asked, and how its word is read. */
import type { Question } from '../llm/provider.js';
import type { Kind } from './kinds.js';

export const LOWEST_SCORE = 1;
export const HIGHEST_SCORE = 5;

const WHAT_COUNTS: Readonly<Record<Kind, string>> = {
  analysis: `a list of everything its writer has an opinion on, each with the side that is judged, how strong the feeling is (Very Negative, Negative, Mild, Positive, Very Positive), and why. Look at three things: whether every opinion of the review is there, whether nothing is there that the review does not say, and whether each strength and reason fits the words.`,
  rewrite: `a rewriting that says every feeling outright. Look at three things: whether all facts and feelings of the review are kept, whether none was added, and whether each feeling is as strong as in the review.`,
};

const SCALE = `5: nothing is wrong. 4: one small slip. 3: useful, with a clear fault. 2: more wrong than right. 1: useless, or about something else.`;

/** Tokens of a grade; some models put a word before it. */
const SCORE_TOKENS = 16;

/** The form of a grade, for servers that hold an answer to it. */
const SCORE_FORM = {
  name: 'grade',
  schema: {
    type: 'object',
    properties: { score: { type: 'integer', minimum: LOWEST_SCORE, maximum: HIGHEST_SCORE } },
    required: ['score'],
    additionalProperties: false,
  },
} as const;

/** @param isHeld whether to ask for an answer that is held to a schema */
export function writeJudgeQuestion(
  kind: Kind,
  { review, answer }: { readonly review: string; readonly answer: string },
  isHeld: boolean,
): Question {
  return {
    messages: [
      {
        role: 'system',
        content: `You grade what another writer made of a customer review: ${WHAT_COUNTS[kind]}\n\n${SCALE}\n\nAnswer with the grade alone, a whole number from ${LOWEST_SCORE} to ${HIGHEST_SCORE}.`,
      },
      { role: 'user', content: `Review: ${review}\n\nWork to grade:\n${answer}` },
    ],
    prefill: null,
    sampling: { temperature: 0, maxAnswerTokens: SCORE_TOKENS, stop: [], seed: 1 },
    ...(isHeld ? { form: SCORE_FORM } : {}),
  };
}

/** A number at the beginning, or soon after a word that announces it; in JSON, too. Other numbers are no grades. */
const SCORE = /(?:^[\s*"'(]*|\b(?:grade|score|rating|rate|give)\b\D{0,20})([1-5](?:\.\d+)?)(?![\d.]*\d)/i;

/** The grade in a judge's answer, from 1 to 5; null where there is none. */
export function readScore(answer: string): number | null {
  const [, found] = SCORE.exec(answer) ?? [];
  return found === undefined || Number(found) > HIGHEST_SCORE ? null : Number(found);
}
