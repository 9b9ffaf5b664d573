/** predictions.jsonl: a `PredictionLine` for each test sentence. What all cells of a dataset write of it is made once. */
import type { PredictionLine } from '../../runs/types.js';
import { requireTexts } from './cell-scores.js';
import type { EvalDataset, GoldRow } from './datasets.js';
import type { ScoredCell } from './plan.js';

/** What all cells write, as bytes: before the first text, between two of them, and after the last. */
interface Around {
  readonly pieces: readonly Buffer[];
  readonly bytes: number;
}

const known = new WeakMap<EvalDataset, Around>();

/** The content of the file. @param texts one for each row */
export function toPredictionLines(cell: ScoredCell, texts: readonly string[]): Buffer {
  requireTexts(cell, 'test', texts);
  const { pieces, bytes } = aroundTexts(cell.dataset);
  // Bytes are made of all texts at once: a call for each takes as long as the rest.
  const list = Buffer.from(JSON.stringify(texts));
  const lines = Buffer.allocUnsafe(bytes + list.length);
  let [from, to] = [1, 0];
  for (let row = 0; row < texts.length; row += 1) {
    to += copyInto(lines, to, pieces[row] as Buffer);
    const end = endOfText(list, from);
    to += list.copy(lines, to, from, end);
    // Behind the comma.
    from = end + 1;
  }
  to += copyInto(lines, to, pieces[texts.length] as Buffer);
  return lines.subarray(0, to);
}

/** @returns how many bytes were copied */
function copyInto(lines: Buffer, to: number, piece: Buffer): number {
  lines.set(piece, to);
  return piece.length;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/** Where a text of JSON ends that begins at `start`. */
function endOfText(json: Buffer, start: number): number {
  let at = json.indexOf(QUOTE, start + 1);
  while (isEscaped(json, at)) at = json.indexOf(QUOTE, at + 1);
  return at + 1;
}

function isEscaped(json: Buffer, at: number): boolean {
  let first = at;
  while (json[first - 1] === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}

function aroundTexts(dataset: EvalDataset): Around {
  let around = known.get(dataset);
  if (around === undefined) {
    const lines = dataset.test.map(aroundText);
    const pieces = [...lines, null].map((line, index) =>
      Buffer.from(`${lines[index - 1]?.[1] ?? ''}${line?.[0] ?? ''}`),
    );
    around = { pieces, bytes: pieces.reduce((sum, piece) => sum + piece.length, 0) };
    known.set(dataset, around);
  }
  return around;
}

/** Of a row, before and after its text. */
function aroundText({ id, review, sentence, gold, goldTuples, subsets }: GoldRow): readonly [string, string] {
  const before: Omit<PredictionLine, 'text' | 'subsets'> = {
    id,
    review,
    sentence,
    gold,
    goldTuples: [...goldTuples],
  };
  return [`${JSON.stringify(before).slice(0, -1)},"text":`, `,"subsets":${JSON.stringify(subsets)}}\n`];
}
