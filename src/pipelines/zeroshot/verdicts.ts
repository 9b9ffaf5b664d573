/** From labels, scores and words to the class of a row. */
import type { Config } from '../../config/schema.js';
import { CLASSES, type SentimentClass } from '../../data/reviews/labelled.js';
import { readAnalysis } from '../../teacher/prompts/analysis-form.js';
import { withoutWrapping } from '../../teacher/reading/wrapping.js';
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

/** Judgements whose target names the term, or is named by it, in whole words: `ice` is not `service`. */
function strengthsAbout(term: string, answer: string): number[] {
  const wanted = term.toLowerCase();
  return readAnalysis(withoutWrapping(answer, '')).blocks.flatMap(({ target, strength }) => {
    const named = target.toLowerCase().replaceAll('"', '').trim();
    const isMeant = holdsWords(named, wanted) || (named !== '' && holdsWords(wanted, named));
    return isMeant && strength !== null ? [strength] : [];
  });
}

/** Letters of scripts that put spaces between words. */
const SPACED = String.raw`[[\p{L}\p{M}\p{N}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]]`;
const BEGINS = new RegExp(`^${SPACED}`, 'v');
const ENDS = new RegExp(`${SPACED}$`, 'v');
/** `waiter` is named by `the waiters`. */
const PLURAL = /^(?:e?s)(?![\p{L}\p{M}\p{N}])/u;

function holdsWords(text: string, words: string): boolean {
  for (let at = text.indexOf(words); at !== -1; at = text.indexOf(words, at + 1)) {
    const [before, after] = [text.slice(0, at), text.slice(at + words.length)];
    const isWhole = !(BEGINS.test(words) && ENDS.test(before));
    if (isWhole && (!(ENDS.test(words) && BEGINS.test(after)) || PLURAL.test(after))) return true;
  }
  return false;
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
