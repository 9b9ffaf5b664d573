/** Every answer that the filters keep as a question to a second model, which grades it. */
import type { Config } from '../../config/schema.js';
import type { Review } from '../../data/reviews/reviews.js';
import { selectReviews, type SelectOptions } from '../../data/reviews/select.js';
import type { AnswerIndex } from '../../teacher/answers/answer-index.js';
import { digestOfFamily, keyOf } from '../../teacher/answers/question-key.js';
import type { AskItem } from '../../teacher/asking/ask-all.js';
import { filterAnswer } from '../../teacher/filters/filter-answer.js';
import type { Message, Question } from '../../teacher/llm/provider.js';
import { readScore, writeJudgeQuestion } from '../../teacher/prompts/judge.js';
import { boundInput, estimateInput, estimateTokens } from '../../teacher/spending/tokens.js';
import type { KindQuestions } from './items.js';

/** The grades of one kind: what the questions share, worked out once. */
export class JudgeQuestions {
  readonly family: string;
  readonly fixedTokens: number;
  readonly mostAnswerTokens: number;
  readonly #isHeld: boolean;

  constructor(
    readonly of: KindQuestions,
    who: { readonly name: string; readonly model: string },
    { llm }: Config,
  ) {
    this.#isHeld = llm.structured === 'auto';
    const empty = this.#question('', '');
    this.family = digestOfFamily(who, empty);
    this.fixedTokens = estimateInput(empty);
    this.mostAnswerTokens = empty.sampling.maxAnswerTokens;
  }

  item(review: Review, answer: string): AskItem {
    const question = this.#question(review.text, answer);
    return {
      key: keyOf(this.family, question.messages.at(-1) as Message),
      id: review.id,
      question,
      boundInputTokens: boundInput(question),
      likelyInputTokens: this.fixedTokens + estimateTokens(review.text) + estimateTokens(answer),
    };
  }

  /** The grade of an answer; null where there is none (yet). */
  async scoreOf(review: Review, answer: string, grades: AnswerIndex): Promise<number | null> {
    const said = await grades.read(this.item(review, answer).key);
    return said === null ? null : readScore(said.text);
  }

  #question(review: string, answer: string): Question {
    return writeJudgeQuestion(this.of.kind, { review, answer }, this.#isHeld);
  }
}

export interface GradeParts {
  readonly files: readonly string[];
  readonly select: SelectOptions;
  readonly filters: Config['teach']['filters'];
  /** The teacher's answers. */
  readonly answers: AnswerIndex;
}

/** A question for every answer that the filters keep, graded already or not. */
export async function* gradeItems(
  judge: JudgeQuestions,
  { files, select, filters, answers }: GradeParts,
): AsyncGenerator<AskItem> {
  const { kind } = judge.of;
  for await (const review of selectReviews(files, select)) {
    const record = await answers.read(judge.of.keyOf(review));
    if (record === null) continue;
    const { text, stars } = review;
    const { text: kept } = filterAnswer(
      { kind, review: text, stars, answer: record.text, finish: record.finish },
      filters,
    );
    if (kept !== null) yield judge.item(review, kept);
  }
}

/** How many answers there are to grade, and how many have their grade. */
export async function countGrades(
  judge: JudgeQuestions,
  parts: GradeParts,
  grades: AnswerIndex,
): Promise<{ total: number; graded: number }> {
  let [total, graded] = [0, 0];
  for await (const { key } of gradeItems(judge, parts)) {
    total += 1;
    if (grades.has(key)) graded += 1;
  }
  return { total, graded };
}
