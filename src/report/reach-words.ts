/** What a tokenizer costs, in words. */
import { tellApart } from '../printable.js';
import type { SplitReach } from '../scoring/reach.js';

/** One text for all splits of a dataset; null where nothing is lost. */
export function describeReach(splits: Readonly<Record<string, SplitReach>>): string | null {
  const parts = Object.entries(splits).flatMap(([split, reach]) => [
    ...describeLost(split, reach),
    ...describeCuts(split, reach),
  ]);
  return parts.length === 0 ? null : parts.join(' ');
}

function describeLost(split: string, reach: SplitReach): string[] {
  const { targets, survivingTargets, ceilingF1, lost } = reach;
  if (survivingTargets === targets) return [];
  const first = lost.map(({ target, written }) => tellApart(target, written).join(' becomes '));
  const ceiling = ceilingF1 === null ? '' : `, so F1 cannot pass ${(100 * ceilingF1).toFixed(2)}`;
  return [
    `${targets - survivingTargets} of ${targets} ${split} targets cannot be written with this tokenizer${ceiling}: ${first.join('; ')}.`,
  ];
}

function describeCuts(split: string, reach: SplitReach): string[] {
  const { sentences, cutInputs, tuplesBehindCut, cutTargets, targets } = reach;
  const behind = tuplesBehindCut === 0 ? '' : `, with words of ${tuplesBehindCut} gold tuples behind the cut`;
  return [
    ...(cutInputs === 0
      ? []
      : [
          `${cutInputs} of ${sentences} ${split} sentences are longer than inputs may be and are cut${behind}.`,
        ]),
    ...(cutTargets === 0 ? [] : [`${cutTargets} of ${targets} ${split} targets are too long and are cut.`]),
  ];
}
