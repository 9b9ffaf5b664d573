/** Numbers and words as every writer shows them. */
import type { Difference, SampledInterval, Summary } from './types.js';

/** Points with two decimals. */
export function formatPoints(points: number): string {
  return points.toFixed(2);
}

/** A difference with its sign: `+1.20`, `-0.31`, `0.00`. */
export function formatDifference(points: number): string {
  const text = points.toFixed(2);
  if (Number(text) === 0) return '0.00';
  return points > 0 ? `+${text}` : text;
}

/** p with three decimals, and never as zero. */
export function formatP(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** A summary in one line of plain text; n is left out where the table says it for all its cells. */
export function formatSummary(summary: Summary, withN = true): string {
  const { state, mean, deviation, seedsDone, seedsPlanned } = summary;
  switch (state) {
    case 'complete': {
      if (mean === null) return 'missing';
      const spread = deviation === null ? '' : ` ± ${formatPoints(deviation)}`;
      return `${formatPoints(mean)}${spread}${withN ? ` (n=${seedsDone})` : ''}`;
    }
    case 'partial':
      return `${seedsDone} of ${seedsPlanned} seeds`;
    case 'missing':
      return 'missing';
    case 'empty':
      return 'no sentences';
    case 'nothing':
      return '–';
    case 'unplanned':
      return '-';
  }
}

/** A difference in one line of plain text; n is left out where the table says it for all its cells. */
export function formatPair(difference: Difference, withN = true): string {
  const { meanDifference, pairs, reason, interval } = difference;
  if (meanDifference === null) return reason ?? '-';
  const ps = formatPs(difference);
  const facts = [...(withN ? [`n=${pairs}`] : []), ...(ps === null ? [] : [ps])];
  const range = interval === null ? '' : ` ${formatInterval(interval)}`;
  return `${formatDifference(meanDifference)}${range}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`;
}

/** `p = 0.125 / 0.002`: over seeds and over sentences, both adjusted; null where there is neither. */
export function formatPs({ pHolm, sentencePHolm }: Difference): string | null {
  if (pHolm === null && sentencePHolm === null) return null;
  if (sentencePHolm === null) return `p ${equals(formatP(pHolm ?? 1))}`;
  return `p ${pHolm === null ? '–' : equals(formatP(pHolm))} / ${formatP(sentencePHolm)}`;
}

/** `[0.31, 2.05]`. */
export function formatInterval({ low, high }: Pick<SampledInterval, 'low' | 'high'>): string {
  return `[${formatPoints(low)}, ${formatPoints(high)}]`;
}

function equals(value: string): string {
  return value.startsWith('<') ? value : `= ${value}`;
}

/** A share of the training data: `100 %`, `12.5 %`. */
export function formatShare(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}

/** `1 seed`, `3 seeds`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** Names in a sentence: `a`, `a and b`, `a, b and c`. */
export function listWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

/** Seconds as a span a person reads: `45 s`, `12 min`, `3.2 h`. */
export function formatSpan(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
