/**
 * Aspect terms and their polarity; terms without words in the sentence are left out.
 *
 *   sentence  The soup was cold but the terrace shone
 *   target    soup | negative ; terrace | positive
 *   tuples    { term: 'soup', polarity: 'negative' }, { term: 'terrace', polarity: 'positive' }
 *
 * Published without escapes: a term that holds a separator is gold that no prediction can find.
 */
import type { BenchmarkAspect } from './example.js';
import { orderByTerm } from './order.js';
import { parsePieces } from './pieces.js';
import { joinElements, joinTuples, splitElements } from './syntax.js';
import type { TaskDefinition } from './task.js';
import { POLARITIES } from './vocabulary.js';

export const atsa: TaskDefinition = {
  name: 'atsa',
  summary: 'terms and their polarity',
  elements: ['term', 'polarity'],
  implicit: [],
  requiredFields: ['target', 'from', 'to'],
  foreignTerm: 'error',
  escapes: false,
  literature: 'published',
  generatedTokens: 100,
  goldTuples: ({ aspects }) =>
    distinct(aspects).map(({ term, polarity }) => ({ term: term.trim(), polarity })),
  targetText: ({ aspects }, order) =>
    joinTuples(
      orderByTerm(distinct(aspects), order).map(({ term, polarity }) => joinElements([term ?? '', polarity])),
    ),
  parse: (text, sentence, polarities = POLARITIES) =>
    parsePieces(text, sentence, (piece) => {
      const parts = splitElements(piece);
      const [term, polarity] = parts;
      if (term === undefined || polarity === undefined || parts.length > 2) return null;
      return polarities.includes(polarity) ? { term, polarity } : null;
    }),
};

/** Aspects with a term, those that agree in term, polarity and place once. */
function distinct(aspects: readonly BenchmarkAspect[]): (BenchmarkAspect & { readonly term: string })[] {
  const found = new Map<string, BenchmarkAspect & { readonly term: string }>();
  for (const aspect of aspects) {
    const { term, polarity, fromRaw, toRaw } = aspect;
    if (term === null) continue;
    const key = JSON.stringify([term, polarity, fromRaw, toRaw]);
    if (!found.has(key)) found.set(key, { ...aspect, term });
  }
  return [...found.values()];
}
