/**
 * Quadruples as in asqp, where the opinion may be implicit as well.
 *
 *   sentence  I waited an hour for soup
 *   target    soup | food quality | NULL | neutral ; NULL | service general | NULL | negative
 */
import { tupleTask } from './tuple-task.js';

export const acos = tupleTask({
  name: 'acos',
  summary: 'terms, categories, opinion words and polarity, some implicit',
  elements: ['term', 'category', 'opinion', 'polarity'],
  implicit: ['term', 'opinion'],
  requiredFields: ['target', 'category', 'opinion'],
});
