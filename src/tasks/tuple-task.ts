/**
 * The tasks with three or four elements share their text: elements in order, polarity last, NULL for what is
 * implicit, separators inside elements escaped, so that every tuple can be written and read back.
 */
import { plainCategory } from './category.js';
import type { BenchmarkAspect } from './example.js';
import { orderByFirstWord } from './order.js';
import { parsePieces } from './pieces.js';
import { escapeElement, joinElements, joinTuples, splitElements, unescapeElement } from './syntax.js';
import type { TaskDefinition, Tuple } from './task.js';
import { type ElementName, POLARITIES } from './vocabulary.js';

type Described = Pick<TaskDefinition, 'name' | 'summary' | 'elements' | 'implicit' | 'requiredFields'>;

/** A task from its table of elements; gold stands as annotated, repetitions and all, as the field has it. */
export function tupleTask(described: Described): TaskDefinition {
  const { elements, implicit } = described;
  const toTuple = (aspect: BenchmarkAspect): Tuple =>
    Object.fromEntries(elements.map((element) => [element, elementOf(aspect, element)]));
  // What would be read as malformed is not to be learned; it counts as gold all the same.
  const canBeWritten = (aspect: BenchmarkAspect): boolean =>
    elements.every((element) => implicit.includes(element) || elementOf(aspect, element) !== null);
  return {
    ...described,
    foreignTerm: 'warning',
    escapes: true,
    literature: 'field',
    generatedTokens: 160,
    goldTuples: ({ aspects }) => aspects.map(toTuple),
    targetText: ({ aspects }, order) =>
      joinTuples(
        (order === 'text' ? orderByFirstWord(aspects) : aspects)
          .filter(canBeWritten)
          .map((aspect) =>
            joinElements(elements.map((element) => escapeElement(elementOf(aspect, element)))),
          ),
      ),
    parse: (text, sentence, polarities = POLARITIES) =>
      parsePieces(text, sentence, (piece) => readTuple(piece, elements, implicit, polarities)),
  };
}

function elementOf({ term, category, opinion, polarity }: BenchmarkAspect, element: ElementName) {
  switch (element) {
    case 'term':
      return term?.trim() ?? null;
    case 'category':
      return category === null ? null : plainCategory(category).trim();
    case 'opinion':
      return opinion?.text.trim() ?? null;
    case 'polarity':
      return polarity;
  }
}

function readTuple(
  piece: string,
  elements: readonly ElementName[],
  implicit: readonly ElementName[],
  polarities: readonly string[],
): Tuple | null {
  const parts = splitElements(piece);
  if (parts.length !== elements.length || parts.includes('')) return null;
  const tuple: Partial<Record<ElementName, string | null>> = {};
  for (const [index, element] of elements.entries()) {
    const part = parts[index] ?? '';
    // Only words of the sentence can be implicit; a label called NULL is a label.
    const value = element === 'term' || element === 'opinion' ? unescapeElement(part) : labelOf(part);
    if (value === null && !implicit.includes(element)) return null;
    tuple[element] = value;
  }
  return polarities.includes(tuple.polarity ?? '') ? tuple : null;
}

function labelOf(part: string): string {
  return unescapeElement(part) ?? part;
}
