/** Several analyses of the same set, such as one per seed, as one: counts are added. */
import type { Analysis, CauseCount, PartCounts } from './analyse.js';
import { NamedCounts, NamedNumbers } from './tallies.js';

export function poolAnalyses(analyses: readonly Analysis[]): Analysis {
  const causes = (of: (analysis: Analysis) => readonly CauseCount[]): CauseCount[] => {
    const sums = new Map<CauseCount['cause'], number>();
    for (const { cause, count } of analyses.flatMap(of)) sums.set(cause, (sums.get(cause) ?? 0) + count);
    return [...sums].map(([cause, count]) => ({ cause, count }));
  };
  const pairs = new NamedNumbers();
  for (const { gold, predicted, count } of analyses.flatMap((one) => one.polarityPairs)) {
    pairs.add(JSON.stringify([gold, predicted]), count);
  }
  return {
    wrong: causes((one) => one.wrong),
    missed: causes((one) => one.missed),
    byPolarity: poolParts(analyses.flatMap((one) => one.byPolarity)),
    byCategory: poolParts(analyses.flatMap((one) => one.byCategory)),
    byForm: poolParts(analyses.flatMap((one) => one.byForm)),
    byAmount: poolAmounts(analyses.flatMap((one) => one.byAmount)),
    parts: poolParts(analyses.flatMap((one) => one.parts)),
    polarityPairs: pairs.list().map(([key, count]) => {
      const [gold = '', predicted = ''] = JSON.parse(key) as string[];
      return { gold, predicted, count };
    }),
  };
}

function poolParts(parts: readonly PartCounts[]): PartCounts[] {
  const sums = new NamedCounts();
  for (const { name, ...counts } of parts) sums.add(name, counts);
  return sums.list().map(({ name, correct, predicted, found, gold }) => ({
    name,
    correct,
    predicted,
    found,
    gold,
  }));
}

function poolAmounts(amounts: Analysis['byAmount']): Analysis['byAmount'] {
  const sums = new NamedCounts();
  for (const { name, ...counts } of amounts) sums.add(name, counts);
  return sums.list().map(({ name, correct, predicted, found, gold, sentences }) => ({
    name,
    correct,
    predicted,
    found,
    gold,
    sentences,
  }));
}
