/** A prediction next to its gold, pair by pair. */
import type { Task } from '../config/vocabulary.js';
import type { PredictionLine } from '../runs/types.js';
import { parsePrediction } from '../scoring/parse.js';
import { toOneLine } from './text.js';
import type { MarkedPiece } from './types.js';

export interface MarkedLine {
  /** Whether a pair was missed or invented, or a piece of the prediction is no pair. */
  readonly mistaken: boolean;
  readonly gold: readonly MarkedPiece[];
  readonly predicted: readonly MarkedPiece[];
}

/** Pieces in their order, as the metric reads them: gold that is no pair does not count, and is left out. */
export function markLine(task: Task, { sentence, gold, text }: PredictionLine): MarkedLine {
  if (gold === text) return { mistaken: false, gold: [], predicted: [] };
  const wanted = piecesOf(task, gold, sentence).flatMap((piece) => (piece.pair === null ? [] : [piece.pair]));
  const given = piecesOf(task, text, sentence);
  const [goldPairs, predictedPairs] = [new Set(wanted), new Set(given.map((piece) => piece.pair))];
  const markedGold = wanted.map((pair) => mark(pair, predictedPairs.has(pair) ? 'found' : 'missed'));
  const predicted = given.map(({ pair, raw }) => {
    if (pair === null) return mark(raw, 'malformed');
    return mark(pair, goldPairs.has(pair) ? 'right' : 'extra');
  });
  const mistaken =
    markedGold.some((piece) => piece.mark === 'missed') || predicted.some((piece) => piece.mark !== 'right');
  return { mistaken, gold: markedGold, predicted };
}

function mark(text: string, as: MarkedPiece['mark']): MarkedPiece {
  return { text: toOneLine(text), mark: as };
}

interface Piece {
  readonly raw: string;
  /** `term | polarity`; null where the piece is none. */
  readonly pair: string | null;
}

/** What stands between semicolons; empty pieces are nothing to show. */
function piecesOf(task: Task, text: string, sentence: string): Piece[] {
  return text
    .split(';')
    .filter((raw) => raw.trim() !== '')
    .map((raw) => {
      const [pair] = parsePrediction(raw, sentence, task).pairs;
      return { raw, pair: pair === undefined ? null : `${pair.aspect} | ${pair.polarity}` };
    });
}
