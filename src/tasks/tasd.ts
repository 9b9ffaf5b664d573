/**
 * Triplets of term, category and polarity; the term may be implicit.
 *
 *   sentence  Cold soup, and overpriced
 *   target    soup | food quality | negative ; NULL | restaurant prices | negative
 */
import { tupleTask } from './tuple-task.js';

export const tasd = tupleTask({
  name: 'tasd',
  summary: 'terms, categories and polarity',
  elements: ['term', 'category', 'polarity'],
  implicit: ['term'],
  requiredFields: ['target', 'category'],
});
