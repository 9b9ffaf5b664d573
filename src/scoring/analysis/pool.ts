/** Several analyses of the same set, such as one per seed, as one: counts are added. */
import type { Analysis, CauseCount } from './analyse.js';
import { emptyCounts } from '../count.js';
import { NamedCounts, NamedNumbers, type PartCounts } from './tallies.js';

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
    byPolarity: pooled(analyses.flatMap((one) => one.byPolarity)).parts(),
    byCategory: pooled(analyses.flatMap((one) => one.byCategory)).parts(),
    byForm: pooled(analyses.flatMap((one) => one.byForm)).parts(),
    byAmount: pooled(analyses.flatMap((one) => one.byAmount)).amounts(),
    parts: pooled(analyses.flatMap((one) => one.parts)).parts(),
    polarityPairs: pairs.list().map(([key, count]) => {
      const [gold = '', predicted = ''] = JSON.parse(key) as string[];
      return { gold, predicted, count };
    }),
  };
}

function pooled(counts: readonly PartCounts[]): NamedCounts {
  const sums = new NamedCounts();
  for (const { name, ...more } of counts) sums.add(name, { ...emptyCounts(), ...more });
  return sums;
}
