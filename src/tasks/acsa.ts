/**
 * Aspect categories and their polarity, distinct, in the order given.
 *
 *   sentence  The soup was cold but the terrace shone
 *   gold      FOOD#QUALITY negative, AMBIENCE#GENERAL positive
 *   target    food quality | negative ; ambience general | positive
 *   tuples    { category: 'food quality', polarity: 'negative' }, { category: 'ambience general', … }
 */
import { plainCategory } from './category.js';
import type { BenchmarkExample } from './example.js';
import { parsePieces } from './pieces.js';
import { joinElements, joinTuples, splitElements } from './syntax.js';
import type { TaskDefinition } from './task.js';
import { POLARITIES } from './vocabulary.js';

export const acsa: TaskDefinition = {
  name: 'acsa',
  summary: 'categories and their polarity',
  elements: ['category', 'polarity'],
  implicit: [],
  requiredFields: ['category'],
  foreignTerm: 'warning',
  escapes: false,
  literature: 'published',
  generatedTokens: 100,
  goldTuples: (example) =>
    distinct(example).map(({ category, polarity }) => ({ category: category.trim(), polarity })),
  targetText: (example) =>
    joinTuples(distinct(example).map(({ category, polarity }) => joinElements([category, polarity]))),
  parse: (text, sentence, polarities = POLARITIES) =>
    parsePieces(text, sentence, (piece) => {
      const parts = splitElements(piece);
      const [category, polarity] = parts;
      if (category === undefined || polarity === undefined || parts.length > 2) return null;
      return polarities.includes(polarity) ? { category, polarity } : null;
    }),
};

function distinct({ aspects }: BenchmarkExample): { category: string; polarity: string }[] {
  const found = new Map<string, { category: string; polarity: string }>();
  for (const { category, polarity } of aspects) {
    if (category === null) continue;
    const plain = plainCategory(category);
    found.set(JSON.stringify([plain, polarity]), { category: plain, polarity });
  }
  return [...found.values()];
}
