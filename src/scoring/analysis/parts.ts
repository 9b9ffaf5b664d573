/** Parts of a tuple: what is left without some of its elements, and which of them are implicit. */
import type { Tuple } from '../../tasks/task.js';
import type { ElementName } from '../../tasks/vocabulary.js';

/** Every proper part, single elements first: of (term, category, polarity) six. */
export function partsOf(elements: readonly ElementName[]): ElementName[][] {
  const all = Array.from({ length: 2 ** elements.length - 2 }, (_, index) =>
    elements.filter((_, place) => (((index + 1) >> place) & 1) === 1),
  );
  return all.sort((a, b) => a.length - b.length);
}

export function projectTuple(tuple: Tuple, part: readonly ElementName[]): Tuple {
  const projected: Partial<Record<ElementName, string | null>> = {};
  for (const element of part) projected[element] = tuple[element] ?? null;
  return projected;
}

/** `explicit term, implicit opinion`; null where the task has no element that may be implicit. */
export function formOf(tuple: Tuple, mayBeImplicit: readonly ElementName[]): string | null {
  if (mayBeImplicit.length === 0) return null;
  return mayBeImplicit
    .map((element) => `${tuple[element] == null ? 'implicit' : 'explicit'} ${element}`)
    .join(', ');
}
