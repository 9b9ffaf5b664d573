/**
 * Triplets of term, opinion words and polarity; nothing is implicit.
 *
 *   sentence  The soup was cold but the terrace shone
 *   target    soup | cold | negative ; terrace | shone | positive
 */
import { tupleTask } from './tuple-task.js';

export const aste = tupleTask({
  name: 'aste',
  summary: 'terms, opinion words and polarity',
  elements: ['term', 'opinion', 'polarity'],
  implicit: [],
  requiredFields: ['target', 'opinion'],
});
