/** From labels, scores and words to the class of a row. */
import type { Config } from '../../config/schema.js';
import { CLASSES, type SentimentClass } from '../../data/reviews/labelled.js';
import { readAnalysis } from '../../teacher/prompts/analysis-form.js';
import { readStrengths, VERDICT_RULES, type VerdictRule } from '../../teacher/reading/strengths.js';
import type { ZeroshotRow } from './rows.js';

/** The class of an analysis; null where its judgements balance, or it has none. */
export function classOfAnswer(
  row: Pick<ZeroshotRow, 'term'>,
  answer: string,
  rule: VerdictRule,
  classes: readonly SentimentClass[],
): SentimentClass | null {
  const strengths = row.term === null ? readStrengths(answer) : strengthsAbout(row.term, answer);
  if (strengths.length === 0) return null;
  const verdict = VERDICT_RULES[rule](strengths);
  const found = verdict > 0 ? 'positive' : verdict < 0 ? 'negative' : 'neutral';
  return classes.includes(found) ? found : null;
}

/** Judgements whose target names the term, or is named by it. */
function strengthsAbout(term: string, answer: string): number[] {
  const wanted = term.toLowerCase();
  return readAnalysis(answer).blocks.flatMap(({ target, strength }) => {
    const named = target.toLowerCase().replaceAll('"', '').trim();
    const isMeant = named.includes(wanted) || (named !== '' && wanted.includes(named));
    return isMeant && strength !== null ? [strength] : [];
  });
}

/** The label words of all classes, and which class each is of. */
export function labelWords(labels: Config['zeroshot']['labels']): { word: string; of: SentimentClass }[] {
  return CLASSES.flatMap((of) => labels[of].map((word) => ({ word, of })));
}

/**
 * The class to which most of the probability goes.
 * @param scores mean log-probabilities of the label words
 * @param prior the same for an empty review; null takes nothing off
 */
export function classOfScores(
  scores: readonly number[],
  prior: readonly number[] | null,
  words: readonly { readonly of: SentimentClass }[],
  classes: readonly SentimentClass[],
): SentimentClass {
  const moved = scores.map((score, index) => score - (prior?.[index] ?? 0));
  const largest = Math.max(...moved);
  const mass = classes.map((one) =>
    words.reduce(
      (sum, { of }, index) => sum + (of === one ? Math.exp((moved[index] ?? -Infinity) - largest) : 0),
      0,
    ),
  );
  return classes[mass.indexOf(Math.max(...mass))] ?? 'neutral';
}

/** The first class that an answer to a direct question names. */
export function classOfWords(answer: string, classes: readonly SentimentClass[]): SentimentClass | null {
  const [word] = answer.toLowerCase().match(/\b(?:negative|neutral|positive)\b/) ?? [];
  return classes.find((one) => one === word) ?? null;
}
