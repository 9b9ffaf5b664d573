/** Reading a predicted sequence piece by piece, the same way for every task. */
import { splitTuples } from './syntax.js';
import type { ParsedPiece, ParsedPrediction, Tuple } from './task.js';

/** @param read the tuple in a piece; null where it is none */
export function parsePieces(
  text: string,
  sentence: string,
  read: (piece: string) => Tuple | null,
): ParsedPrediction {
  const pieces = splitTuples(text).map((piece): ParsedPiece => {
    const tuple = read(piece);
    return { text: piece, tuple, inSentence: tuple !== null && standsIn(sentence, tuple) };
  });
  const tuples = pieces.flatMap(({ tuple, inSentence }) => (tuple !== null && inSentence ? [tuple] : []));
  return { pieces, tuples, malformed: pieces.length - tuples.length };
}

/** Whether the words that a tuple names stand in the sentence. */
export function standsIn(sentence: string, { term, opinion }: Tuple): boolean {
  return [term, opinion].every((words) => words === null || words === undefined || sentence.includes(words));
}
