/** What a corpus would take, found out before a cent is spent: rows, what is passed over, tokens, money, time. */
import type { Config } from '../../config/schema.js';
import type { ReadingProgress } from '../../data/formats/reading-progress.js';
import { type SelectOptions, selectReviews, type SkippedReview } from '../../data/reviews/select.js';
import { FsaError } from '../../errors.js';
import type { Question } from '../../teacher/llm/provider.js';
import type { Demonstration } from '../../teacher/prompts/demonstrations.js';
import type { Kind } from '../../teacher/prompts/kinds.js';
import { writeQuestion } from '../../teacher/prompts/prompt.js';
import { NANO } from '../../teacher/spending/budget.js';
import { costOf, type Price } from '../../teacher/spending/price.js';
import { estimateInput, estimateTokens } from '../../teacher/spending/tokens.js';

export interface Range {
  readonly least: number;
  readonly most: number;
}

export interface TeachPlan {
  /** Reviews that will be asked about. */
  readonly reviews: number;
  /** One for every review and kind. */
  readonly questions: number;
  /** Rows passed over (or only counted), by reason. */
  readonly skipped: Readonly<Partial<Record<SkippedReview['reason'], number>>>;
  /** The first rows passed over, as `file:line: reason`. */
  readonly examples: readonly string[];
  /** Reviews that a student would read only in part, and where the first of them stand. */
  readonly overLong: number;
  readonly overLongAt: readonly string[];
  readonly inputTokens: Range;
  readonly outputTokens: Range;
  /** What grading every answer takes; null where nobody judges. */
  readonly judge: JudgePlan | null;
  /** US dollars, grades included; null where a price is not known. */
  readonly usd: Range | null;
  readonly priceSource: string | null;
  /** Shortest time that the limits set allow; null where none is set. */
  readonly secondsAtLimits: number | null;
  /** The first question as it will be asked, by kind. */
  readonly firstQuestions: Readonly<Partial<Record<Kind, Question>>>;
}

export interface JudgePlan {
  readonly inputTokens: Range;
  readonly outputTokens: Range;
  /** US dollars; null where no price is known. */
  readonly usd: Range | null;
}

/** How long the questions of a judge are, of one kind. */
export interface GradeSize {
  /** Beside the review and its answer. */
  readonly fixedTokens: number;
  readonly mostAnswerTokens: number;
}

export interface PlanParts {
  readonly config: Config;
  readonly files: readonly string[];
  readonly demonstrations: readonly Demonstration[];
  readonly price: Price | null;
  /** What a judge is asked; empty where nobody judges. */
  readonly judging: readonly GradeSize[];
  readonly judgePrice: Price | null;
  readonly select: SelectOptions;
  readonly onProgress: (progress: ReadingProgress) => void;
}

/** How far estimates of the input were off on real reviews, either way. */
const INPUT_SPREAD = [0.87, 1.15] as const;
/** The shortest answers are this share of the limit on average; the longest all of it. */
const SHORTEST_OUTPUT_SHARE = 0.2;
const EXAMPLES_SHOWN = 5;

/** Reads the reviews once. @throws FsaError DATA where none is left to ask about */
export async function planTeaching(parts: PlanParts): Promise<TeachPlan> {
  const { config, files, demonstrations, price } = parts;
  const { kinds, maxAnswerTokens } = config.teach;
  const skipped: Partial<Record<SkippedReview['reason'], number>> = {};
  const examples: string[] = [];
  const onSkipped = ({ file, line, reason }: SkippedReview): void => {
    skipped[reason] = (skipped[reason] ?? 0) + 1;
    if (examples.length < EXAMPLES_SHOWN) examples.push(`${file}:${line}: ${reason}`);
  };
  const fixed = kinds.map((kind) =>
    estimateInput(writeQuestion(kind, '', demonstrations, samplingOf(config))),
  );
  const overLongAt: string[] = [];
  const firstQuestions: Partial<Record<Kind, Question>> = {};
  let [reviews, overLong, tokens, reviewTokens] = [0, 0, 0, 0];
  for await (const review of selectReviews(files, {
    ...parts.select,
    onSkipped,
    onProgress: parts.onProgress,
  })) {
    const length = estimateTokens(review.text);
    reviewTokens += length;
    if (length > config.distill.maxInputTokens) {
      overLong += 1;
      if (overLongAt.length < EXAMPLES_SHOWN) overLongAt.push(`${review.file}:${review.line}`);
    }
    for (const [at, kind] of kinds.entries()) {
      tokens += length + (fixed[at] ?? 0);
      firstQuestions[kind] ??= writeQuestion(kind, review.text, demonstrations, samplingOf(config));
    }
    reviews += 1;
  }
  if (reviews === 0) {
    throw new FsaError('DATA', 'No review is left to ask about.', {
      where: files[0] ?? 'teach.reviews',
      problems: examples,
      advice:
        'Rows need a column with the text (Text, review, body …) that is neither empty nor a repetition.',
    });
  }
  const questions = reviews * kinds.length;
  const most = questions * maxAnswerTokens;
  const inputTokens = spread(tokens);
  const outputTokens = { least: Math.floor(most * SHORTEST_OUTPUT_SHARE), most };
  const judge = planJudge(parts, { reviews, reviewTokens, answerTokens: outputTokens });
  const own = usdOf(inputTokens, outputTokens, price);
  const grades = judge === null ? { least: 0, most: 0 } : judge.usd;
  return {
    ...{ reviews, questions, skipped, examples, overLong, overLongAt, inputTokens, outputTokens, judge },
    usd:
      own === null || grades === null
        ? null
        : { least: own.least + grades.least, most: own.most + grades.most },
    priceSource: price?.source ?? null,
    secondsAtLimits: secondsAt(config, questions, tokens + most, judge),
    firstQuestions,
  };
}

/** Every answer is graded once, unless a filter drops it before. */
function planJudge(
  { judging, judgePrice, config }: PlanParts,
  {
    reviews,
    reviewTokens,
    answerTokens,
  }: { readonly reviews: number; readonly reviewTokens: number; readonly answerTokens: Range },
): JudgePlan | null {
  const [first] = judging;
  if (first === undefined) return null;
  const fixed = judging.reduce((sum, one) => sum + one.fixedTokens * reviews, 0);
  const { least, most } = spread(fixed + reviewTokens * config.teach.kinds.length);
  const inputTokens = { least: least + answerTokens.least, most: most + answerTokens.most };
  const questions = reviews * judging.length;
  const outputTokens = { least: questions, most: questions * first.mostAnswerTokens };
  return { inputTokens, outputTokens, usd: usdOf(inputTokens, outputTokens, judgePrice) };
}

function spread(tokens: number): Range {
  return { least: Math.floor(tokens * INPUT_SPREAD[0]), most: Math.ceil(tokens * INPUT_SPREAD[1]) };
}

function usdOf(input: Range, output: Range, price: Price | null): Range | null {
  const at = (end: keyof Range): number =>
    costOf({ inputTokens: input[end], cachedInputTokens: 0, outputTokens: output[end] }, price).nanoUsd /
    NANO;
  return price === null ? null : { least: at('least'), most: at('most') };
}

export function samplingOf({ teach }: Config): Parameters<typeof writeQuestion>[3] {
  return { temperature: teach.temperature, maxAnswerTokens: teach.maxAnswerTokens, seed: 1 };
}

function secondsAt(
  { llm }: Config,
  questions: number,
  tokens: number,
  judge: JudgePlan | null,
): number | null {
  const asked = questions * (judge === null ? 1 : 2);
  const taken = tokens + (judge === null ? 0 : judge.inputTokens.most + judge.outputTokens.most);
  const minutes = [
    llm.requestsPerMinute === null ? null : asked / llm.requestsPerMinute,
    llm.tokensPerMinute === null ? null : taken / llm.tokensPerMinute,
  ].filter((value) => value !== null);
  return minutes.length === 0 ? null : 60 * Math.max(...minutes);
}
