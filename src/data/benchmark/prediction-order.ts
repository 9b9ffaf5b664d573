/** Which prediction belongs to which gold sentence: by its id, by its own text, or by its place. */
import { FsaError } from '../../errors.js';
import type { PredictionForm } from '../../tasks/given-tuples.js';
import type { FoundPrediction } from './predictions.js';

interface GoldSentence {
  readonly id: string;
  readonly sentence: string;
}

/** What tells sentences apart. */
type Name = 'id' | 'sentence';

/**
 * The predictions in the order of the gold sentences, of which there are as many. Those that name exactly these
 * sentences are found by name; others go by their place, as rows without ids do, and rows with ids of another kind.
 * @param path for messages
 * @throws FsaError DATA where one names a gold sentence at another place: whichever way they were paired, some
 * would be judged by the gold of another sentence
 */
export function inGoldOrder(
  found: readonly FoundPrediction[],
  gold: readonly GoldSentence[],
  path: string,
): readonly PredictionForm[] {
  const byId = pairByName(found, gold, 'id');
  if (byId !== null) return byId;
  const isAnnotated = found.every(({ sentence }) => sentence !== null);
  const bySentence = isAnnotated ? pairByName(found, gold, 'sentence') : null;
  if (bySentence !== null) return bySentence;
  refuseAstray(found, gold, isAnnotated ? 'sentence' : 'id', path);
  return found.map(({ prediction }) => prediction);
}

/** Null where they do not name exactly the sentences of the gold. */
function pairByName(
  found: readonly FoundPrediction[],
  gold: readonly GoldSentence[],
  name: Name,
): readonly PredictionForm[] | null {
  const byName = new Map(found.map((one) => [one[name], one.prediction]));
  const isOneEach =
    byName.size === found.length && new Set(gold.map((one) => one[name])).size === gold.length;
  if (!isOneEach || !gold.every((one) => byName.has(one[name]))) return null;
  return gold.map((one) => byName.get(one[name]) ?? '');
}

function refuseAstray(
  found: readonly FoundPrediction[],
  gold: readonly GoldSentence[],
  name: Name,
  path: string,
): void {
  const goldNames = new Set<string | null>(gold.map((one) => one[name]));
  const at = found.findIndex((one, place) => one[name] !== gold[place]?.[name] && goldNames.has(one[name]));
  if (at === -1) return;
  const names = new Set(found.map((one) => one[name]));
  const twice = found.find((one, place) => place > at && one[name] === found[at]?.[name]);
  const missing = gold.find((one) => !names.has(one[name]));
  throw new FsaError(
    'DATA',
    `The predictions name gold sentences in another order, but not each of them once.`,
    {
      where: path,
      problems: [
        `row ${at + 1}: the ${name} is ${quote(found[at]?.[name])}, that of the gold there ${quote(gold[at]?.[name])}`,
        ...(twice === undefined ? [] : [`the ${name} ${quote(twice[name])} stands there more than once`]),
        ...(missing === undefined ? [] : [`no row has the ${name} ${quote(missing[name])}`]),
      ],
      advice:
        'Give each the id of its sentence, once; or leave ids out where the rows stand in the order of the gold.',
    },
  );
}

const quote = (name: string | null | undefined): string => JSON.stringify(name ?? null).slice(0, 80);
