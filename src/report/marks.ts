/** A prediction next to its gold, pair by pair. */
import type { Task } from '../tasks/vocabulary.js';
import type { PredictionLine } from '../runs/types.js';
import { type Pair, parsePrediction } from '../tasks/parse-target.js';
import { toOneLine } from './text.js';
import type { MarkedPiece } from './types.js';

type Compared = Pick<PredictionLine, 'sentence' | 'gold' | 'text'>;

export interface MarkedLine {
  readonly gold: readonly MarkedPiece[];
  readonly predicted: readonly MarkedPiece[];
}

/** Whether a prediction is not what the gold says: a pair missed or invented, or a piece that is no pair. */
export function isMistaken(task: Task, { sentence, gold, text }: Compared): boolean {
  if (gold === text) return false;
  const given = parsePrediction(text, sentence, task).pairs;
  if (given.length < splitPieces(text).length) return true;
  const wanted = new Set(parsePrediction(gold, sentence, task).pairs.map(nameOf));
  const predicted = new Set(given.map(nameOf));
  return wanted.size !== predicted.size || [...wanted].some((pair) => !predicted.has(pair));
}

/** Pieces in their order, as the metric reads them: gold that is no pair does not count, and is left out. */
export function markLine(task: Task, { sentence, gold, text }: Compared): MarkedLine {
  const wanted = readPieces(task, gold, sentence).flatMap(({ pair }) => (pair === null ? [] : [pair]));
  const given = readPieces(task, text, sentence);
  const [goldPairs, predictedPairs] = [new Set(wanted), new Set(given.map((piece) => piece.pair))];
  return {
    gold: wanted.map((pair) => mark(pair, predictedPairs.has(pair) ? 'found' : 'missed')),
    predicted: given.map(({ pair, raw }) => {
      if (pair === null) return mark(raw, 'malformed');
      return mark(pair, goldPairs.has(pair) ? 'right' : 'extra');
    }),
  };
}

function mark(text: string, as: MarkedPiece['mark']): MarkedPiece {
  return { text: toOneLine(text), mark: as };
}

interface Piece {
  readonly raw: string;
  /** `term | polarity`; null where the piece is none. */
  readonly pair: string | null;
}

function readPieces(task: Task, text: string, sentence: string): Piece[] {
  return splitPieces(text).map((raw) => {
    const [pair] = parsePrediction(raw, sentence, task).pairs;
    return { raw, pair: pair === undefined ? null : nameOf(pair) };
  });
}

/** What stands between semicolons; empty pieces are nothing to show. */
function splitPieces(text: string): string[] {
  return text.split(';').filter((raw) => raw.trim() !== '');
}

function nameOf(pair: Pair): string {
  return `${pair.aspect} | ${pair.polarity}`;
}
