/** Predictions that are tuples already, read as strictly as those that a model wrote as text. */
import { plainCategory } from './category.js';
import { standsIn } from './pieces.js';
import { joinElements, joinTuples } from './syntax.js';
import type { ParsedPiece, ParsedPrediction, TaskDefinition, Tuple } from './task.js';
import { type ElementName, POLARITIES } from './vocabulary.js';

/** What a prediction says, as a model's text or as tuples; separators inside elements are no matter in tuples. */
export type PredictionForm = string | readonly Tuple[];

/** The tuples of a prediction in either form; elements that the task does not have are passed over. */
export function readPrediction(
  task: TaskDefinition,
  prediction: PredictionForm,
  sentence: string,
  polarities: readonly string[] = POLARITIES,
): ParsedPrediction {
  if (typeof prediction === 'string') return task.parse(prediction, sentence, polarities);
  const pieces = prediction.map((given): ParsedPiece => {
    const tuple = tupleOf(task, given, polarities);
    const text = writeTuple(task, given);
    return { text, tuple, inSentence: tuple !== null && standsIn(sentence, tuple) };
  });
  const tuples = pieces.flatMap(({ tuple, inSentence }) => (tuple !== null && inSentence ? [tuple] : []));
  return { pieces, tuples, malformed: pieces.length - tuples.length };
}

/** A prediction as a line to look at. */
export function showPrediction(task: TaskDefinition, prediction: PredictionForm): string {
  return typeof prediction === 'string'
    ? prediction
    : joinTuples(prediction.map((tuple) => writeTuple(task, tuple)));
}

function tupleOf(task: TaskDefinition, given: Tuple, polarities: readonly string[]): Tuple | null {
  const tuple: Record<string, string | null> = {};
  for (const element of task.elements) {
    const value = valueOf(given, element);
    if (value === '' || (value === null && !task.implicit.includes(element))) return null;
    tuple[element] = value !== null && element === 'category' ? plainCategory(value) : value;
  }
  return polarities.includes(tuple['polarity'] ?? '') ? tuple : null;
}

/** The published files of others write NULL for an implicit term or opinion. */
function valueOf(given: Tuple, element: ElementName): string | null {
  const value = given[element]?.trim() ?? null;
  return value === 'NULL' && (element === 'term' || element === 'opinion') ? null : value;
}

function writeTuple(task: TaskDefinition, given: Tuple): string {
  return joinElements(task.elements.map((element) => given[element] ?? 'NULL'));
}
