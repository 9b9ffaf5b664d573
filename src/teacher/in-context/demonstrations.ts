/** Which training sentences a model is shown before a question; test sentences are never among them. */
import { seededRandom } from '../../scoring/random.js';

export interface Shown {
  readonly sentence: string;
  /** Its gold, as it is to be written. */
  readonly gold: string;
}

export type DemonstrationMode = 'fixed' | 'perRow' | 'similar';

/** The demonstrations of the sentence at a place in the test set. */
export type Choose = (sentence: string, place: number) => readonly Shown[];

/**
 * @param train what is drawn from
 * @param mode `fixed`: the same for every sentence; `perRow`: drawn anew for each; `similar`: the sentences most like
 * it by BM25, the likest last, next to the question
 */
export async function chooseDemonstrations(
  train: readonly Shown[],
  { mode, shots, seed }: { readonly mode: DemonstrationMode; readonly shots: number; readonly seed: number },
): Promise<Choose> {
  if (shots === 0) return () => [];
  if (mode === 'fixed') {
    const drawn = draw(train, shots, seed);
    return () => drawn;
  }
  if (mode === 'perRow') return (_, place) => draw(train, shots, seed + (place + 1) * 2 ** 32);
  const { default: MiniSearch } = await import('minisearch');
  const index = new MiniSearch<{ id: number; sentence: string }>({ fields: ['sentence'] });
  index.addAll(train.map(({ sentence }, id) => ({ id, sentence })));
  return (sentence) => {
    const found = index.search(sentence).slice(0, shots);
    const alike = found.map(({ id }) => train[id as number] as Shown);
    // A sentence that shares no word with any other is shown some all the same.
    const others = alike.length < shots ? draw(train, shots, seed).filter((one) => !alike.includes(one)) : [];
    return [...alike, ...others].slice(0, shots).reverse();
  };
}

/** So many different rows, in the order they were drawn. */
function draw(rows: readonly Shown[], count: number, seed: number): Shown[] {
  const random = seededRandom(seed);
  const left = rows.map((_, index) => index);
  return Array.from({ length: Math.min(count, rows.length) }, () => {
    const [index = 0] = left.splice(Math.floor(random() * left.length), 1);
    return rows[index] as Shown;
  });
}
