/** Which training sentences a model is shown before a question; the sentence that is asked about is never among them. */
import { seededRandom } from '../../scoring/random.js';
import type { Gold } from './opinions-form.js';

export interface Shown extends Gold {
  readonly sentence: string;
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
    return (sentence) => without(sentence, drawn);
  }
  if (mode === 'perRow') {
    return (sentence, place) => without(sentence, draw(train, shots, seed + (place + 1) * 2 ** 32));
  }
  const { default: MiniSearch } = await import('minisearch');
  const index = new MiniSearch<{ id: number; sentence: string }>({ fields: ['sentence'] });
  index.addAll(train.map(({ sentence }, id) => ({ id, sentence })));
  const drawOthers = (sentence: string, alike: readonly Shown[]): Shown[] =>
    without(sentence, draw(train, shots, seed)).filter((one) => !alike.includes(one));
  return (sentence) => {
    const found = index.search(sentence).map(({ id }) => train[id as number] as Shown);
    const alike = without(sentence, found).slice(0, shots);
    // A sentence that shares no word with any other is shown some all the same.
    const others = alike.length < shots ? drawOthers(sentence, alike) : [];
    return [...alike, ...others].slice(0, shots).reverse();
  };
}

/** A test sentence that stands in the training data, too, is not shown with its answer. */
function without(sentence: string, shown: readonly Shown[]): readonly Shown[] {
  return shown.filter((one) => one.sentence !== sentence);
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
