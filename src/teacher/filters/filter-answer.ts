/** What an answer is worth: kept, mended or dropped, with the reason. Filters run over the log, so changing one costs nothing. */
import { readAnalysis, sumStrengths, withLabelsOnScale } from '../prompts/analysis-form.js';
import type { Kind } from '../prompts/kinds.js';
import { withoutWrapping } from '../reading/wrapping.js';

export interface FilterSettings {
  /** Answers that reached the limit on tokens. `trim` keeps the whole judgements of an analysis. */
  readonly cut: 'drop' | 'trim' | 'keep';
  /** A line of courtesy before the answer, a fence around it. */
  readonly wrapped: 'trim' | 'drop' | 'keep';
  /** Something after the last block of an analysis. */
  readonly runsOn: 'trim' | 'drop' | 'keep';
  /** Labels that are not on the scale. */
  readonly offScale: 'map' | 'drop' | 'keep';
  /** Rewritings that repeat the review. */
  readonly copy: 'drop' | 'keep';
  /** Rewritings much shorter than the review. */
  readonly tooShort: 'drop' | 'keep';
  /** Analyses whose summed strength contradicts the stars. */
  readonly stars: 'drop' | 'keep';
}

/**
 * Why an answer was dropped or mended; `format` are analyses without a single judgement, `grade` answers that a judge
 * gave a lower grade than wanted, `ungraded` those without a grade.
 */
export const FILTER_NAMES = [
  ...(['cut', 'wrapped', 'format', 'runsOn', 'offScale', 'copy', 'tooShort', 'stars'] as const),
  ...(['grade', 'ungraded'] as const),
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

export interface Filtered {
  /** The answer as it goes into the corpus; null where it was dropped. */
  readonly text: string | null;
  /** Why it was dropped; null where it was kept. */
  readonly dropped: FilterName | null;
  /** Filters that found something, whether they dropped, mended or only counted it. */
  readonly found: readonly FilterName[];
}

export interface FilterInput {
  readonly kind: Kind;
  readonly review: string;
  readonly stars: number | null;
  readonly answer: string;
  readonly finish: 'whole' | 'cut';
}

/** Judges one answer. The first filter that drops ends it. */
export function filterAnswer(input: FilterInput, settings: FilterSettings): Filtered {
  const filter = input.kind === 'analysis' ? filterAnalysis : filterRewrite;
  const inner = withoutWrapping(input.answer, input.review);
  if (inner === input.answer.trim()) return filter(input, settings);
  if (settings.wrapped === 'drop') return { text: null, dropped: 'wrapped', found: ['wrapped'] };
  const filtered = filter(settings.wrapped === 'trim' ? { ...input, answer: inner } : input, settings);
  return { ...filtered, found: ['wrapped', ...filtered.found] };
}

function filterAnalysis({ answer, finish, stars }: FilterInput, settings: FilterSettings): Filtered {
  const found: FilterName[] = [];
  const drop = (name: FilterName): Filtered => ({ text: null, dropped: name, found: [...found, name] });
  const { blocks, end, runsOn } = readAnalysis(answer);
  if (finish === 'cut' && settings.cut === 'drop') return drop('cut');
  if (blocks.length === 0) return drop('format');
  let text = answer.trim();
  if (finish === 'cut') {
    found.push('cut');
    if (settings.cut === 'trim') text = answer.slice(0, end).trim();
  } else if (runsOn) {
    if (settings.runsOn === 'drop') return drop('runsOn');
    found.push('runsOn');
    if (settings.runsOn === 'trim') text = answer.slice(0, end).trim();
  }
  if (blocks.some(({ onScale }) => !onScale)) {
    const unknown = blocks.some(({ strength }) => strength === null);
    if (settings.offScale === 'drop' || (settings.offScale === 'map' && unknown)) return drop('offScale');
    found.push('offScale');
    if (settings.offScale === 'map') text = withLabelsOnScale(text);
  }
  if (contradicts(sumStrengths(blocks), stars)) {
    if (settings.stars === 'drop') return drop('stars');
    found.push('stars');
  }
  return { text, dropped: null, found };
}

/**
 * What a grade changes about an answer that the other filters keep.
 * @param minScore null only counts answers without a grade
 */
export function filterGrade(filtered: Filtered, score: number | null, minScore: number | null): Filtered {
  const name: FilterName | null =
    score === null ? 'ungraded' : minScore !== null && score < minScore ? 'grade' : null;
  if (filtered.text === null || name === null) return filtered;
  const found = [...filtered.found, name];
  return minScore === null ? { ...filtered, found } : { text: null, dropped: name, found };
}

/** Four and five stars against blame, one and two against praise; three stars contradict nothing. */
export function contradicts(sum: number | null, stars: number | null): boolean {
  if (sum === null || stars === null) return false;
  return (stars >= 4 && sum < 0) || (stars <= 2 && sum > 0);
}

/** A rewriting makes feelings plain and so is longer; one of less than this share has left things out. */
const SHORTEST_SHARE = 0.5;

function filterRewrite({ answer, finish, review }: FilterInput, settings: FilterSettings): Filtered {
  const found: FilterName[] = [];
  const drop = (name: FilterName): Filtered => ({ text: null, dropped: name, found: [...found, name] });
  if (finish === 'cut') {
    // There is no whole part of a rewriting to keep.
    if (settings.cut !== 'keep') return drop('cut');
    found.push('cut');
  }
  const text = answer.trim();
  const [before, after] = [wordsOf(review), wordsOf(text)];
  if (before.join(' ') === after.join(' ')) {
    if (settings.copy === 'drop') return drop('copy');
    found.push('copy');
  }
  if (after.length < SHORTEST_SHARE * before.length) {
    if (settings.tooShort === 'drop') return drop('tooShort');
    found.push('tooShort');
  }
  return { text, dropped: null, found };
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
