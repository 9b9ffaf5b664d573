/** The labels that a model gives where everything else in the tuple is right. */
import { type Tuple, tupleKey } from '../../tasks/task.js';

/** The labels of each thing that tuples name. */
export type LabelsByThing = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Gold and predicted label of each thing that both sides name. Where a thing has several labels, those that
 * both sides give are paired first, the rest in order; labels without a partner make no pair.
 */
export function labelPairs(
  wanted: LabelsByThing,
  predicted: readonly Tuple[],
): [gold: string, predicted: string][] {
  const said = labelsByThing(predicted);
  const pairs: [string, string][] = [];
  for (const [thing, labels] of wanted) {
    const given = said.get(thing);
    if (given === undefined) continue;
    for (const label of labels) if (given.has(label)) pairs.push([label, label]);
    const others = [...given].filter((label) => !labels.has(label));
    const lacking = [...labels].filter((label) => !given.has(label));
    for (const [index, label] of lacking.slice(0, others.length).entries()) {
      pairs.push([label, others[index] ?? '']);
    }
  }
  return pairs;
}

export function labelsByThing(tuples: readonly Tuple[]): LabelsByThing {
  const found = new Map<string, Set<string>>();
  for (const { polarity, ...thing } of tuples) {
    if (polarity == null) continue;
    const key = tupleKey(thing);
    found.set(key, (found.get(key) ?? new Set()).add(polarity));
  }
  return found;
}
