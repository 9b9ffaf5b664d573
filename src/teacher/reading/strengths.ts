/**
 * The verdict of an analysis, read from its labels alone: a student's or a teacher's, in whatever layout it wrote
 * them. Unlike the filters this is not strict about the form; what it invents after the review is cut off first.
 */
import { strengthOf } from '../prompts/analysis-form.js';

/** Where a writer goes on to reviews or remarks that nobody asked for. */
const RUN_ON = /\n[ \t]*(?:Review|Example|Note)\b[^\n:]*:/;

const LABEL =
  /Sentiment(?: \d+)?[ \t]*:[ \t]*["*]*((?:(?:very|mildly|mild|slightly|extremely) )?(?:negative|positive|mild|neutral|mixed))\b/gi;

/** The strengths of all judgements in their order, from -2 to 2. */
export function readStrengths(text: string): number[] {
  const end = RUN_ON.exec(text.slice(1));
  const own = end === null ? text : text.slice(0, end.index + 1);
  return [...own.matchAll(LABEL)].flatMap(([, label = '']) => strengthOf(label) ?? []);
}

const sumOf = (strengths: readonly number[]): number => strengths.reduce((sum, one) => sum + one, 0);

/** How judgements become one: above zero praise, below zero blame, zero neither. */
export const VERDICT_RULES = {
  sum: sumOf,
  /** More praise than blame, however strong. */
  majority: (strengths) => sumOf(strengths.map(Math.sign)),
  /** The strongest judgement; praise where both are as strong. */
  strongest: (strengths) => {
    const most = Math.max(0, ...strengths.map(Math.abs));
    return strengths.includes(most) ? most : -most;
  },
  first: (strengths) => strengths[0] ?? 0,
  last: (strengths) => strengths.at(-1) ?? 0,
} as const satisfies Record<string, (strengths: readonly number[]) => number>;

export type VerdictRule = keyof typeof VERDICT_RULES;
