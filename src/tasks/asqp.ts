/**
 * Quadruples of term, category, opinion words and polarity; the term may be implicit.
 *
 *   sentence  The soup was cold, and overpriced
 *   target    soup | food quality | cold | negative ; NULL | restaurant prices | overpriced | negative
 */
import { tupleTask } from './tuple-task.js';

export const asqp = tupleTask({
  name: 'asqp',
  summary: 'terms, categories, opinion words and polarity',
  elements: ['term', 'category', 'opinion', 'polarity'],
  implicit: ['term'],
  requiredFields: ['target', 'category', 'opinion'],
});
