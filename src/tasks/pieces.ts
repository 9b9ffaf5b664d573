/** Reading a predicted sequence piece by piece, the same way for every task. */
import { splitTuples } from './syntax.js';
import type { ParsedPiece, ParsedPrediction, Tuple } from './task.js';

/** @param read the tuple in a piece; null where it is none */
export function parsePieces(
  text: string,
  sentence: string,
  read: (piece: string) => Tuple | null,
): ParsedPrediction {
  const [pieces, tuples]: [ParsedPiece[], Tuple[]] = [[], []];
  for (const piece of splitTuples(text)) {
    const tuple = read(piece);
    const inSentence = tuple !== null && standsIn(sentence, tuple);
    pieces.push({ text: piece, tuple, inSentence });
    if (inSentence) tuples.push(tuple);
  }
  return { pieces, tuples, malformed: pieces.length - tuples.length };
}

/** Whether the words that a tuple names stand in the sentence. */
export function standsIn(sentence: string, { term, opinion }: Tuple): boolean {
  return (term == null || sentence.includes(term)) && (opinion == null || sentence.includes(opinion));
}
