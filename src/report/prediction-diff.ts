/** A prediction next to its gold, tuple by tuple. */
import { taskNamed } from '../tasks/registry.js';
import { joinElements } from '../tasks/syntax.js';
import { type TaskDefinition, type Tuple, tupleKey } from '../tasks/task.js';
import type { ScoringRules } from '../scoring/metrics.js';
import { countSentence, isRight } from '../scoring/count.js';
import type { PredictionLine } from '../runs/types.js';
import { toOneLine } from './text.js';
import type { MarkedPiece } from './types.js';

type Compared = Pick<PredictionLine, 'sentence' | 'gold' | 'goldTuples' | 'text'>;
/** What says how lines of a cell are read. */
export type ReadingRules = Pick<ScoringRules, 'task' | 'polarities'>;

export interface PredictionDiff {
  readonly gold: readonly MarkedPiece[];
  readonly predicted: readonly MarkedPiece[];
}

/** Whether a prediction is not what the gold says: a tuple missed or invented, or a piece that is none. */
export function isWrong(rules: ReadingRules, line: Compared): boolean {
  const prediction = taskNamed(rules.task).parse(line.text, line.sentence, rules.polarities);
  return !isRight(countSentence(goldOf(rules, line), prediction, 'each'));
}

/** Gold and predicted pieces in their order, with what the metric made of each. */
export function diffPrediction(rules: ReadingRules, line: Compared): PredictionDiff {
  const task = taskNamed(rules.task);
  const wanted = new Map(goldOf(rules, line).map((tuple) => [tupleKey(tuple), tuple]));
  const { pieces, tuples } = task.parse(line.text, line.sentence, rules.polarities);
  const predicted = new Set(tuples.map(tupleKey));
  return {
    gold: [...wanted].map(([key, tuple]) =>
      mark(writeTuple(task, tuple), predicted.has(key) ? 'found' : 'missed'),
    ),
    predicted: pieces.map(({ text, tuple, inSentence }) => {
      if (tuple === null || !inSentence) return mark(text.trim() === '' ? '(empty)' : text, 'malformed');
      return mark(writeTuple(task, tuple), wanted.has(tupleKey(tuple)) ? 'right' : 'extra');
    }),
  };
}

function goldOf({ task, polarities }: ReadingRules, line: Compared): readonly Tuple[] {
  return line.goldTuples ?? taskNamed(task).parse(line.gold, line.sentence, polarities).tuples;
}

function writeTuple({ elements }: TaskDefinition, tuple: Tuple): string {
  return joinElements(elements.map((element) => tuple[element] ?? 'NULL'));
}

function mark(text: string, as: MarkedPiece['mark']): MarkedPiece {
  return { text: toOneLine(text), mark: as };
}
