/**
 * Gold as the tokenizers of the T5 family write it, where no tokenizer is at hand: SentencePiece's rule
 * `nmt_nfkc` (github.com/google/sentencepiece, src/builder.cc), then single spaces. What else a tokenizer loses
 * (scripts that it has no pieces for) only the tokenizer itself knows.
 */
import { tellApart } from '../printable.js';
import type { Tuple } from '../tasks/task.js';
import type { ScoredRow, ScoringRules } from './metrics.js';
import { mapPrediction, mapWords } from './reach.js';
import { unreachableTuples } from './reachable.js';

const AS_SPACE = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/gu;
const DROPPED = /[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]/gu;

/** The text in the form that such a tokenizer writes back. */
export function toUsualForm(text: string): string {
  return text.replace(AS_SPACE, ' ').replace(DROPPED, '').normalize('NFKC').replace(/ +/g, ' ').trim();
}

/** The gold tuples that are found as they stand, and no longer once their target is in the usual form. */
export function tuplesOfOtherForm(
  row: Pick<ScoredRow, 'sentence' | 'goldTuples' | 'gold'>,
  rules: ScoringRules,
): Tuple[] {
  const written = toUsualForm(row.gold);
  if (written === row.gold) return [];
  const never = new Set(unreachableTuples(row, row.gold, rules));
  return unreachableTuples(row, written, rules).filter((tuple) => !never.has(tuple));
}

/** What becomes of the words of a tuple, for people: `"café" becomes "café"`, told apart. */
export function describeOtherForm(tuple: Tuple): string {
  return Object.values(tuple)
    .filter((words) => words !== null && toUsualForm(words) !== words)
    .map((words) => tellApart(words ?? '', toUsualForm(words ?? '')).join(' becomes '))
    .join(', ');
}

/** A row with both sides in the usual form. */
export function inUsualForm<Row extends ScoredRow>(row: Row): Row {
  const { sentence, goldTuples, prediction } = row;
  return {
    ...row,
    sentence: toUsualForm(sentence),
    goldTuples: goldTuples.map((tuple) => mapWords(tuple, toUsualForm)),
    prediction: mapPrediction(prediction, toUsualForm),
  };
}
