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
  /** Reviews that a student would read only in part. */
  readonly overLong: number;
  readonly inputTokens: Range;
  readonly outputTokens: Range;
  /** US dollars; null where no price is known. */
  readonly usd: Range | null;
  readonly priceSource: string | null;
  /** Shortest time that the limits set allow; null where none is set. */
  readonly secondsAtLimits: number | null;
  /** The first question as it will be asked, by kind. */
  readonly firstQuestions: Readonly<Partial<Record<Kind, Question>>>;
}

export interface PlanParts {
  readonly config: Config;
  readonly files: readonly string[];
  readonly demonstrations: readonly Demonstration[];
  readonly price: Price | null;
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
  const firstQuestions: Partial<Record<Kind, Question>> = {};
  let [reviews, overLong, tokens] = [0, 0, 0];
  for await (const review of selectReviews(files, {
    ...parts.select,
    onSkipped,
    onProgress: parts.onProgress,
  })) {
    const length = estimateTokens(review.text);
    if (length > config.distill.maxInputTokens) overLong += 1;
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
  const inputTokens = {
    least: Math.floor(tokens * INPUT_SPREAD[0]),
    most: Math.ceil(tokens * INPUT_SPREAD[1]),
  };
  const most = questions * maxAnswerTokens;
  const outputTokens = { least: Math.floor(most * SHORTEST_OUTPUT_SHARE), most };
  return {
    reviews,
    questions,
    skipped,
    examples,
    overLong,
    inputTokens,
    outputTokens,
    usd: price === null ? null : { least: usdOf('least'), most: usdOf('most') },
    priceSource: price?.source ?? null,
    secondsAtLimits: secondsAt(config, questions, tokens + most),
    firstQuestions,
  };

  function usdOf(end: keyof Range): number {
    const usage = { inputTokens: inputTokens[end], cachedInputTokens: 0, outputTokens: outputTokens[end] };
    return costOf(usage, price).nanoUsd / NANO;
  }
}

export function samplingOf({ teach }: Config): Parameters<typeof writeQuestion>[3] {
  return { temperature: teach.temperature, maxAnswerTokens: teach.maxAnswerTokens, seed: 1 };
}

function secondsAt({ llm }: Config, questions: number, tokens: number): number | null {
  const minutes = [
    llm.requestsPerMinute === null ? null : questions / llm.requestsPerMinute,
    llm.tokensPerMinute === null ? null : tokens / llm.tokensPerMinute,
  ].filter((value) => value !== null);
  return minutes.length === 0 ? null : 60 * Math.max(...minutes);
}
