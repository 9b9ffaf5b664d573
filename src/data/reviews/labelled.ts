/** Texts whose sentiment is known: from a label, or from stars. */
import { isObject } from '../formats/json-values.js';
import type { UnpackOptions } from '../formats/unpack.js';
import { FsaError } from '../../errors.js';
import { type BadReview, isBad, pickFirst, readReviewRows, toReview } from './reviews.js';

export const CLASSES = ['negative', 'neutral', 'positive'] as const;
export type SentimentClass = (typeof CLASSES)[number];

export interface LabelledText {
  readonly id: string;
  readonly text: string;
  readonly label: SentimentClass;
  /** What a teacher wrote about it; null where the row has no answer. */
  readonly answer: string | null;
}

const LABEL = ['label', 'polarity', 'sentiment', 'class'];
const WORDS: Readonly<Record<string, SentimentClass>> = {
  ...{ negative: 'negative', neg: 'negative', neutral: 'neutral', neu: 'neutral' },
  ...{ positive: 'positive', pos: 'positive' },
};
const ANSWER = /^\w[\w.-]*_response$/;

/**
 * The texts of a file that have a label, or stars: four and five praise, one and two blame, three say nothing; null
 * for a text that has neither.
 * @throws FsaError DATA naming the line of a label that is none
 */
export async function* readLabelledTexts(
  file: string,
  options: UnpackOptions,
): AsyncGenerator<LabelledText | BadReview | null> {
  for await (const row of readReviewRows(file, options)) {
    const { value, line } = row;
    const review = toReview(row, file);
    if (isBad(review) || !isObject(value)) {
      yield isBad(review) ? review : null;
      continue;
    }
    const given = pickFirst(value, LABEL);
    const label = given === null ? labelOfStars(review.stars) : labelOf(given, `${file}:${line}`);
    const key = Object.keys(value).find((name) => ANSWER.test(name));
    const answer = key === undefined ? null : value[key];
    yield label === null
      ? null
      : { id: review.id, text: review.text, label, answer: typeof answer === 'string' ? answer : null };
  }
}

function labelOf(given: unknown, where: string): SentimentClass {
  const word = typeof given === 'string' ? given.trim().toLowerCase() : '';
  const label = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  if (label !== undefined) return label;
  throw new FsaError('DATA', `The label ${JSON.stringify(given)} is none that is known.`, {
    where,
    advice: `Write ${CLASSES.join(', ')} into the column ${LABEL.join(' or ')}, or leave it out where there are stars.`,
  });
}

function labelOfStars(stars: number | null): SentimentClass | null {
  if (stars === null) return null;
  return stars >= 4 ? 'positive' : stars <= 2 ? 'negative' : null;
}
