/** Counting the tuples of one sentence: linear in their number. */
import { type ParsedPrediction, type Tuple, tupleKey } from '../tasks/task.js';
import type { DuplicateRule } from '../tasks/vocabulary.js';

export interface Counts {
  /** Predicted tuples found in gold. */
  correct: number;
  predicted: number;
  /** Gold tuples found in the prediction; differs from `correct` only where tuples repeat. */
  found: number;
  gold: number;
  malformed: number;
  sentences: number;
}

export function emptyCounts(): Counts {
  return { correct: 0, predicted: 0, found: 0, gold: 0, malformed: 0, sentences: 0 };
}

/** So few keys are found sooner by looking at each than in a set that has to be made first. */
const FEW_KEYS = 8;

/** Tuples under the names that they are compared by. */
export class KeyedTuples {
  /** One per tuple. */
  readonly keys: readonly string[];
  #distinct: ReadonlySet<string> | null = null;

  constructor(readonly tuples: readonly Tuple[]) {
    this.keys = tuples.map(tupleKey);
  }

  get distinct(): ReadonlySet<string> {
    return (this.#distinct ??= new Set(this.keys));
  }

  has(key: string): boolean {
    return this.keys.length <= FEW_KEYS ? this.keys.includes(key) : this.distinct.has(key);
  }

  /** How many of the keys are among these, each time they come. */
  countOf(keys: readonly string[]): number {
    let count = 0;
    for (const key of keys) if (this.has(key)) count += 1;
    return count;
  }
}

const keyedGold = new WeakMap<readonly Tuple[], KeyedTuples>();

/** Once per list: epochs, seeds and models are all held against the gold of one dataset. */
export function keyGold(gold: readonly Tuple[]): KeyedTuples {
  let keyed = keyedGold.get(gold);
  if (keyed === undefined) keyedGold.set(gold, (keyed = new KeyedTuples(gold)));
  return keyed;
}

/** Counts of one sentence; `once` compares sets, `each` counts a repeated tuple every time. */
export function countSentence(
  gold: readonly Tuple[],
  prediction: Pick<ParsedPrediction, 'tuples' | 'malformed'>,
  duplicates: DuplicateRule,
): Counts {
  return countKeyed(keyGold(gold), new KeyedTuples(prediction.tuples), prediction.malformed, duplicates);
}

/** As `countSentence`, where the keys of both sides are there already. */
export function countKeyed(
  gold: KeyedTuples,
  predicted: KeyedTuples,
  malformed: number,
  duplicates: DuplicateRule,
): Counts {
  const each = duplicates === 'each';
  const [wanted, said] = each ? [gold.keys, predicted.keys] : [[...gold.distinct], [...predicted.distinct]];
  return {
    correct: gold.countOf(said),
    predicted: said.length,
    found: predicted.countOf(wanted),
    gold: wanted.length,
    malformed,
    sentences: 1,
  };
}

/**
 * Counts as ABSA-QUAD, GAS and MvP have them: every piece is a prediction, readable or not, of words of the
 * sentence or not, and each repetition of a right tuple is a hit, also for recall, which can pass 1.
 */
export function countFieldSentence(gold: readonly Tuple[], { pieces, malformed }: ParsedPrediction): Counts {
  const wanted = keyGold(gold);
  const hits = pieces.filter(({ tuple }) => tuple !== null && wanted.has(tupleKey(tuple))).length;
  return {
    correct: hits,
    predicted: pieces.length,
    found: hits,
    gold: gold.length,
    malformed,
    sentences: 1,
  };
}

/** Whether a prediction is right: every gold tuple found, nothing else predicted, nothing unreadable. */
export function isRight({ correct, predicted, found, gold, malformed }: Readonly<Counts>): boolean {
  return correct === predicted && found === gold && malformed === 0;
}

/** Adds `more` to `total`, in place. */
export function addCounts(total: Counts, more: Readonly<Counts>): void {
  total.correct += more.correct;
  total.predicted += more.predicted;
  total.found += more.found;
  total.gold += more.gold;
  total.malformed += more.malformed;
  total.sentences += more.sentences;
}
