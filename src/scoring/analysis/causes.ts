/** Why tuples of a sentence are wrong: each has exactly one cause, by the gold tuple it comes closest to. */
import type { ParsedPiece, TaskDefinition, Tuple } from '../../tasks/task.js';
import { tupleKey } from '../../tasks/task.js';
import { keyGold } from '../count.js';
import type { ElementName } from '../../tasks/vocabulary.js';

export const CAUSES = [
  'polarity',
  'category',
  'boundary',
  'opinion',
  'implicit',
  'extra',
  'missing',
  'malformed',
] as const;
/**
 * A wrong tuple and the missed gold tuple nearest to it share a cause, the first element in the order of the
 * task that is not right: `implicit` where one side has words and the other none, `boundary` where the words
 * overlap, `category`, `opinion`, and `polarity` where nothing else is wrong. `extra` is a prediction and `missing` a
 * gold tuple that nothing comes near; `malformed` a piece that does not count, and gold that was lost in it.
 */
export type Cause = (typeof CAUSES)[number];

export interface Explained {
  /** One per gold tuple; null where it was found. */
  readonly gold: readonly (Cause | null)[];
  /** One per piece of the prediction; null where it is right. */
  readonly pieces: readonly (Cause | null)[];
}

/** The causes in one sentence. Tuples that repeat are explained each time. */
export function explainSentence(
  { elements }: Pick<TaskDefinition, 'elements'>,
  gold: readonly Tuple[],
  pieces: readonly ParsedPiece[],
): Explained {
  const { keys: goldKeys, distinct: wanted } = keyGold(gold);
  const pieceKeys = pieces.map(({ tuple, inSentence }) =>
    tuple !== null && inSentence ? tupleKey(tuple) : null,
  );
  const said = new Set(pieceKeys);
  const goldCauses = goldKeys.map((key): Cause | null => (said.has(key) ? null : 'missing'));
  const pieceCauses = pieceKeys.map((key): Cause | null =>
    key === null ? 'malformed' : wanted.has(key) ? null : 'extra',
  );
  // Where nothing is missing, no piece can be what became of it.
  if (goldCauses.every(isNone)) return { gold: goldCauses, pieces: pieceCauses };
  const places = (causes: readonly (Cause | null)[], cause: Cause): number[] =>
    causes.flatMap((one, place) => (one === cause ? [place] : []));
  const near = (from: Cause) =>
    pairNearest(
      elements,
      places(goldCauses, 'missing').map((place) => [place, gold[place] as Tuple] as const),
      places(pieceCauses, from).flatMap((place) => {
        const tuple = pieces[place]?.tuple ?? null;
        return tuple === null ? [] : [[place, tuple] as const];
      }),
    );
  for (const { goldPlace, piecePlace, cause } of near('extra')) {
    goldCauses[goldPlace] = cause;
    pieceCauses[piecePlace] = cause;
  }
  const lost = new Set<number>();
  for (const { goldPlace, piecePlace } of near('malformed')) {
    goldCauses[goldPlace] = 'malformed';
    lost.add(piecePlace);
  }
  // What cannot be read at all may have been any gold tuple that is still missing: one piece, one tuple.
  const unread = places(pieceCauses, 'malformed').filter((place) => !lost.has(place)).length;
  for (const place of places(goldCauses, 'missing').slice(0, unread)) goldCauses[place] = 'malformed';
  return { gold: goldCauses, pieces: pieceCauses };
}

function isNone(cause: Cause | null): boolean {
  return cause === null;
}

interface Pair {
  readonly goldPlace: number;
  readonly piecePlace: number;
  readonly cause: Cause;
  readonly likeness: number;
}

type Placed = readonly (readonly [place: number, tuple: Tuple])[];

/** Each tuple at most once, the likest pairs first, in the order of the sentence where pairs are as like. */
function pairNearest(elements: readonly ElementName[], gold: Placed, pieces: Placed): Pair[] {
  const candidates = gold.flatMap(([goldPlace, wanted]) =>
    pieces.flatMap(([piecePlace, said]) => {
      const compared = compareTuples(elements, wanted, said);
      return compared === null ? [] : [{ goldPlace, piecePlace, ...compared }];
    }),
  );
  candidates.sort((a, b) => b.likeness - a.likeness);
  const [takenGold, takenPieces] = [new Set<number>(), new Set<number>()];
  return candidates.filter(({ goldPlace, piecePlace }) => {
    if (takenGold.has(goldPlace) || takenPieces.has(piecePlace)) return false;
    takenGold.add(goldPlace);
    takenPieces.add(piecePlace);
    return true;
  });
}

/** Null where two different tuples have too little in common to be the same one gone wrong. */
function compareTuples(
  elements: readonly ElementName[],
  wanted: Tuple,
  said: Tuple,
): Pick<Pair, 'cause' | 'likeness'> | null {
  const relations = elements.map((element) => ({ element, relation: relate(element, wanted, said) }));
  if (relations.some(({ element, relation }) => element === 'term' && relation === 'other')) return null;
  // Where a category is all that a tuple is about, two of them meet in their polarity.
  const about = relations.filter(({ element }) => element !== 'polarity');
  const shared = about.every(({ element }) => element === 'category') ? relations : about;
  if (!shared.some(({ relation }) => relation === 'same' || relation === 'boundary')) return null;
  const first = relations.find(({ relation }) => relation !== 'same');
  if (first === undefined) return null;
  const likeness = relations.reduce((sum, { relation }) => sum + LIKENESS[relation], 0);
  const cause = first.relation === 'other' ? causeOf(first.element) : (first.relation as Cause);
  return { cause, likeness };
}

type Relation = 'same' | 'boundary' | 'implicit' | 'other';

const LIKENESS: Readonly<Record<Relation, number>> = { same: 1, boundary: 0.5, implicit: 0.25, other: 0 };

function relate(element: ElementName, wanted: Tuple, said: Tuple): Relation {
  const [a, b] = [wanted[element] ?? null, said[element] ?? null];
  if (a === b) return 'same';
  if (element === 'polarity' || element === 'category') return 'other';
  if (a === null || b === null) return 'implicit';
  return overlap(a, b) ? 'boundary' : 'other';
}

function causeOf(element: ElementName): Cause {
  return element === 'term' ? 'extra' : element;
}

function overlap(a: string, b: string): boolean {
  const [one, other] = [a.toLowerCase(), b.toLowerCase()];
  if (one.includes(other) || other.includes(one)) return true;
  const words = new Set(one.split(/\s+/));
  return other.split(/\s+/).some((word) => words.has(word));
}
