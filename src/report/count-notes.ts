/** How a task's cells were counted, where that is not the usual way; in words. */
import type { Counting } from '../tasks/vocabulary.js';
import { formatPoints, listWords } from './format.js';
import type { Group } from './series.js';
import { summarize } from './summarize.js';

export const COUNTS: Readonly<Record<Counting, string>> = {
  tuples: 'gold compared as tuples',
  published: 'the published count: gold sent through the parser, 1 over nothing',
  field: "the field's count: every piece is a prediction, repetitions are hits, recall is not capped",
};

/** A sentence for each thing that a reader of the table should know; none where all is as usual. */
export function countNotes(groups: readonly Group[]): string[] {
  return [...literatureNotes(groups), ...comparisonNotes(groups), ...unreachableNotes(groups)];
}

/** The means that the literature's count of the same predictions gives, where they differ as shown. */
function literatureNotes(groups: readonly Group[]): string[] {
  const figures = new Map<Counting, string[]>();
  for (const group of groups) {
    const counted = group.cells.flatMap(({ literature }) => literature?.all ?? []);
    const [first] = counted;
    const ours = summarize(group, 'all').mean;
    if (first === undefined || counted.length < group.cells.length || ours === null) continue;
    const cells = group.cells.map((cell) => ({ ...cell, subsets: cell.literature ?? {} }));
    const theirs = summarize({ ...group, cells }, 'all').mean;
    if (theirs === null || formatPoints(theirs) === formatPoints(ours)) continue;
    const told = figures.get(first.counting) ?? [];
    told.push(`${nameOf(group)} ${formatPoints(theirs)} instead of ${formatPoints(ours)}`);
    figures.set(first.counting, told);
  }
  return [...figures].map(
    ([counting, told]) => `Mean F1 of the same predictions by ${COUNTS[counting]}; ${listWords(told)}.`,
  );
}

function comparisonNotes(groups: readonly Group[]): string[] {
  const normalised = groups.filter((group) =>
    group.cells.some(({ compare }) => compare === 'tokenizer-normalised'),
  );
  if (normalised.length === 0) return [];
  const which = normalised.length === groups.length ? '' : ` for ${listWords(normalised.map(nameOf))}`;
  return [`Both sides were compared as the model's tokenizer writes them (tokenizer-normalised)${which}.`];
}

function unreachableNotes(groups: readonly Group[]): string[] {
  const byDataset = new Map<string, number>();
  for (const { dataset, cells } of groups) {
    const most = Math.max(0, ...cells.map(({ unreachableGold }) => unreachableGold ?? 0));
    if (most > 0) byDataset.set(dataset, Math.max(most, byDataset.get(dataset) ?? 0));
  }
  if (byDataset.size === 0) return [];
  const told = [...byDataset].map(([dataset, tuples]) => `${tuples} of ${dataset}`);
  return [`Gold tuples that no target can say count as gold and are never found: ${listWords(told)}.`];
}

function nameOf({ model, dataset, trainShare }: Group): string {
  return `${model} on ${dataset}${trainShare === 1 ? '' : ` (train share ${trainShare})`}`;
}
