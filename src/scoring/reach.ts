/** What a model's own tokenizer lets a model say and see of a set of gold rows. */
import type { PredictionForm } from '../tasks/given-tuples.js';
import type { Tuple } from '../tasks/task.js';
import type { ScoredRow, ScoringRules } from './metrics.js';
import { unreachableTuples } from './reachable.js';

/** A text after the tokenizer encoded and decoded it. */
export interface RoundTrip {
  /** With the end token. */
  readonly tokens: number;
  readonly text: string;
  /** What the model sees of a text that is longer than its inputs may be; null where it sees all. */
  readonly cut: string | null;
}

export type TripOf = (text: string) => RoundTrip;

type GoldRow = Pick<ScoredRow, 'sentence' | 'goldTuples' | 'gold'>;

export interface SplitReach {
  readonly sentences: number;
  /** Sentences with a gold tuple, and those of them whose whole target survives the tokenizer. */
  readonly targets: number;
  readonly survivingTargets: number;
  readonly tuples: number;
  readonly reachableTuples: number;
  /** F1 of a model that writes every target it can; null where nothing is gold. */
  readonly ceilingF1: number | null;
  /** The first targets that do not survive, and what becomes of them. */
  readonly lost: readonly { readonly id: string; readonly target: string; readonly written: string }[];
  /** Sentences longer than inputs may be, and gold tuples whose words lie behind the cut. */
  readonly cutInputs: number;
  readonly tuplesBehindCut: number;
  /** Targets longer than targets may be. */
  readonly cutTargets: number;
}

/** The first so many that do not survive are shown. */
const LOST_SHOWN = 3;

/** @param maxTargetTokens where a target of this split is cut, in training or in generation */
export function measureSplit(
  rows: readonly (GoldRow & { readonly id: string })[],
  tripOf: TripOf,
  rules: ScoringRules,
  maxTargetTokens: number,
): SplitReach {
  const lost: SplitReach['lost'][number][] = [];
  let [targets, surviving, tuples, reachable] = [0, 0, 0, 0];
  let [cutInputs, behindCut, cutTargets] = [0, 0, 0];
  for (const row of rows) {
    const { text, tokens } = tripOf(row.gold);
    const unreachable = unreachableTuples(row, text, rules);
    tuples += row.goldTuples.length;
    reachable += row.goldTuples.length - unreachable.length;
    if (row.goldTuples.length > 0) targets++;
    if (row.goldTuples.length > 0 && unreachable.length === 0) surviving++;
    if (unreachable.length > 0 && lost.length < LOST_SHOWN) {
      lost.push({ id: row.id, target: row.gold, written: text });
    }
    if (tokens > maxTargetTokens) cutTargets++;
    const input = tripOf(row.sentence);
    if (input.cut === null) continue;
    cutInputs++;
    behindCut += row.goldTuples.filter((tuple) => liesBehind(tuple, input)).length;
  }
  return {
    sentences: rows.length,
    targets,
    survivingTargets: surviving,
    tuples,
    reachableTuples: reachable,
    ceilingF1: tuples === 0 ? null : (2 * reachable) / (reachable + tuples),
    lost,
    cutInputs,
    tuplesBehindCut: behindCut,
    cutTargets,
  };
}

function liesBehind({ term, opinion }: Tuple, { text, cut }: RoundTrip): boolean {
  return [term, opinion].some(
    (words) => words != null && text.includes(words) && cut?.includes(words) === false,
  );
}

/** A row with sentence and gold as the tokenizer would write them: predictions come in that form. */
export function normaliseRow<Row extends GoldRow>(row: Row, tripOf: TripOf): Row {
  return {
    ...row,
    sentence: tripOf(row.sentence).text,
    goldTuples: row.goldTuples.map((tuple) => normaliseTuple(tuple, tripOf)),
  };
}

/** The texts whose round trips `normaliseRow` asks for. */
export function textsToNormalise(rows: readonly GoldRow[]): string[] {
  return rows.flatMap(({ sentence, goldTuples }) => [
    sentence,
    ...goldTuples.flatMap(({ term, category, opinion }) =>
      [term, category, opinion].filter((words) => words != null),
    ),
  ]);
}

/** Labels stay: they are words of the data, not of a sentence. */
function normaliseTuple(tuple: Tuple, tripOf: TripOf): Tuple {
  return mapWords(tuple, (words) => tripOf(words).text);
}

/** A tuple with other words and the same label. */
export function mapWords(
  { term, category, opinion, polarity }: Tuple,
  change: (words: string) => string,
): Tuple {
  const normalise = (words: string | null) => (words === null ? null : change(words));
  return {
    ...(term === undefined ? {} : { term: normalise(term) }),
    ...(category === undefined ? {} : { category: normalise(category) }),
    ...(opinion === undefined ? {} : { opinion: normalise(opinion) }),
    ...(polarity === undefined ? {} : { polarity }),
  };
}

/** A prediction in another form: the whole text, or the words of its tuples. */
export function mapPrediction(prediction: PredictionForm, change: (words: string) => string): PredictionForm {
  return typeof prediction === 'string'
    ? change(prediction)
    : prediction.map((tuple) => mapWords(tuple, change));
}

/** The texts that `mapPrediction` changes. */
export function wordsOf(prediction: PredictionForm): string[] {
  if (typeof prediction === 'string') return [prediction];
  return prediction.flatMap(({ term, category, opinion }) =>
    [term, category, opinion].filter((words) => words != null),
  );
}
