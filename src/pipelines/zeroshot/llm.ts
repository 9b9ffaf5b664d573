/** A language model as a classifier: asked for one word a row, or for an analysis that is read as a student's is. */
import { Readable } from 'node:stream';
import type { Config } from '../../config/schema.js';
import type { SentimentClass } from '../../data/reviews/labelled.js';
import { digestOfFamily, keyOf } from '../../teacher/answers/question-key.js';
import type { AskItem } from '../../teacher/asking/ask-all.js';
import type { AnswerForm, Message, Question } from '../../teacher/llm/provider.js';
import type { Demonstration } from '../../teacher/prompts/demonstrations.js';
import { writeQuestion } from '../../teacher/prompts/prompt.js';
import { boundInput, estimateInput } from '../../teacher/spending/tokens.js';
import type { LlmSession } from '../llm/sessions.js';
import { samplingOf } from '../teach/plan.js';
import type { ZeroshotRow } from './rows.js';
import { classOfAnswer, classOfWords } from './verdicts.js';

const ANSWER_TOKENS = 16;

/** @param isHeld whether to ask for an answer that is held to a schema; it is read alike where it is not */
function labelQuestion(
  { text, term }: ZeroshotRow,
  classes: readonly SentimentClass[],
  isHeld: boolean,
): Question {
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
    ...(isHeld ? { form: labelForm(classes) } : {}),
  };
}

const labelForm = (classes: readonly SentimentClass[]): AnswerForm => ({
  name: 'judgement',
  schema: {
    type: 'object',
    properties: { label: { type: 'string', enum: classes } },
    required: ['label'],
    additionalProperties: false,
  },
});

export interface LlmVerdicts {
  readonly classes: readonly (SentimentClass | null)[];
  /** Sum over requests; how many were under way together does not shorten it. */
  readonly seconds: number;
  readonly usd: number;
}

/**
 * The class of every row; null where the model named none. Rows with an answer in the log are not asked again.
 * @param demonstrations of analyses, where one is asked for
 */
export async function askClasses(
  session: LlmSession,
  rows: readonly ZeroshotRow[],
  classes: readonly SentimentClass[],
  { config, demonstrations }: { readonly config: Config; readonly demonstrations: readonly Demonstration[] },
): Promise<LlmVerdicts> {
  const { ask, verdict } = config.zeroshot;
  const isHeld = config.llm.structured === 'auto';
  const askLabels = async (some: readonly ZeroshotRow[]): Promise<LlmVerdicts> =>
    await askAbout(session, some, {
      questionOf: (row) => labelQuestion(row, classes, isHeld),
      read: (_, answer) => classOfWords(answer, classes),
    });
  if (ask === 'label') return await askLabels(rows);
  const sampling = samplingOf(config);
  const analysed = await askAbout(session, rows, {
    questionOf: ({ text }) => writeQuestion('analysis', text, demonstrations, sampling),
    read: (row, answer) => classOfAnswer(row, answer, verdict, classes),
  });
  // What an analysis leaves open, a direct question decides.
  const open = rows.filter((_, place) => analysed.classes[place] === null);
  const labelled = await askLabels(open);
  const decided = labelled.classes.values();
  return {
    classes: analysed.classes.map((found) => found ?? decided.next().value ?? null),
    seconds: analysed.seconds + labelled.seconds,
    usd: analysed.usd + labelled.usd,
  };
}

interface AskingRows {
  readonly questionOf: (row: ZeroshotRow) => Question;
  readonly read: (row: ZeroshotRow, answer: string) => SentimentClass | null;
}

async function askAbout(
  session: LlmSession,
  rows: readonly ZeroshotRow[],
  { questionOf, read }: AskingRows,
): Promise<LlmVerdicts> {
  const { log, teacher } = session;
  const items = rows.map((row): AskItem => {
    const question = questionOf(row);
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
  // Rows about the same text may share one answer, which is paid for once.
  const counted = new Set<string>();
  let [ms, nanoUsd] = [0, 0];
  for (const [place, { key }] of items.entries()) {
    const answer = await log.index.read(key);
    const row = rows[place];
    found.push(answer === null || row === undefined ? null : read(row, answer.text));
    if (answer === null || counted.has(key)) continue;
    counted.add(key);
    [ms, nanoUsd] = [ms + answer.ms, nanoUsd + answer.nanoUsd];
  }
  return { classes: found, seconds: ms / 1000, usd: nanoUsd / 1e9 };
}
