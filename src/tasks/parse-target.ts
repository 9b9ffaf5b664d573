/** What a predicted sequence says (section 4 of the design, "Metric"). */
import { POLARITIES, type Polarity, type Task } from './vocabulary.js';

export interface Pair {
  /** A term of the sentence (atsa) or a category (acsa). */
  readonly aspect: string;
  readonly polarity: Polarity;
}

export interface Prediction {
  readonly pairs: readonly Pair[];
  /** Pieces that are no pair; an empty prediction has none. */
  readonly malformed: number;
}

/**
 * The pairs of `aspect | polarity ; aspect | polarity`. A piece counts only with exactly one `|`, a known
 * polarity and (atsa) a term that occurs in the sentence, case-sensitive.
 */
export function parsePrediction(text: string, sentence: string, task: Task): Prediction {
  if (text.trim() === '') return { pairs: [], malformed: 0 };
  const pieces = text.split(';');
  const pairs = pieces.map((piece) => parsePiece(piece, sentence, task)).filter((pair) => pair !== null);
  return { pairs, malformed: pieces.length - pairs.length };
}

function parsePiece(piece: string, sentence: string, task: Task): Pair | null {
  const [left, right, ...rest] = piece.split('|');
  if (left === undefined || right === undefined || rest.length > 0) return null;
  const aspect = left.trim();
  const polarity = POLARITIES.find((name) => name === right.trim());
  if (polarity === undefined) return null;
  if (task === 'atsa' && !sentence.includes(aspect)) return null;
  return { aspect, polarity };
}
