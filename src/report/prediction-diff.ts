/** A prediction next to its gold, tuple by tuple. */
import { taskNamed } from '../tasks/registry.js';
import { joinElements } from '../tasks/syntax.js';
import { type TaskDefinition, type Tuple, tupleKey } from '../tasks/task.js';
import type { ScoringRules } from '../scoring/metrics.js';
import { type Cause, explainSentence } from '../scoring/analysis/causes.js';
import { type Counts, countSentence, isRight } from '../scoring/count.js';
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

/** The counts of a line as its cell has them; gold without tuples is read from its target. */
export function countLine(rules: ScoringRules, line: Compared): Counts {
  const prediction = taskNamed(rules.task).parse(line.text, line.sentence, rules.polarities);
  return countSentence(goldOf(rules, line), prediction, rules.duplicates ?? 'each');
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
  const gold = [...wanted.values()];
  const causes = explainSentence(task, gold, pieces);
  return {
    gold: gold.map((tuple, place) =>
      mark(
        writeTuple(task, tuple),
        predicted.has(tupleKey(tuple)) ? 'found' : 'missed',
        causes.gold[place] ?? null,
      ),
    ),
    predicted: pieces.map(({ text, tuple, inSentence }, place) => {
      const cause = causes.pieces[place] ?? null;
      if (tuple === null || !inSentence)
        return mark(text.trim() === '' ? '(empty)' : text, 'malformed', cause);
      return mark(writeTuple(task, tuple), wanted.has(tupleKey(tuple)) ? 'right' : 'extra', cause);
    }),
  };
}

function goldOf({ task, polarities }: ReadingRules, line: Compared): readonly Tuple[] {
  return line.goldTuples ?? taskNamed(task).parse(line.gold, line.sentence, polarities).tuples;
}

function writeTuple({ elements }: TaskDefinition, tuple: Tuple): string {
  return joinElements(elements.map((element) => tuple[element] ?? 'NULL'));
}

function mark(text: string, as: MarkedPiece['mark'], cause: Cause | null): MarkedPiece {
  return { text: toOneLine(text), mark: as, ...(cause === null ? {} : { cause }) };
}
