/** The sentences that went wrong, as the data that a page embeds: texts stand once each. */
import { type Cause, CAUSES } from '../../scoring/analysis/causes.js';
import { SUBSETS, type SubsetName } from '../../tasks/vocabulary.js';
import { formatShare } from '../format.js';
import { toOneLine } from '../text.js';
import type { MarkedPiece, Mistake, Report } from '../types.js';

/** A mark with its cause is one letter; right ones have no cause. */
const MARK_LETTERS: Readonly<Record<string, readonly [mark: MarkedPiece['mark'], cause: Cause | null]>> =
  Object.fromEntries(
    (
      [
        ['found', null],
        ['right', null],
        ...CAUSES.flatMap((cause) =>
          (['missed', 'extra', 'malformed'] as const).map((mark) => [mark, cause] as const),
        ),
      ] as const
    ).map((entry, index) => [String.fromCharCode(65 + index), entry]),
  );

const LETTER_OF = new Map(
  Object.entries(MARK_LETTERS).map(([letter, [mark, cause]]) => [`${mark} ${cause ?? ''}`, letter]),
);

/**
 * The rows in little space: texts stand once each, rows are places in them.
 * A row is [place, id, sentence, subsets as bits, seeds, gold, marks of gold, predicted, marks of predicted].
 */
export function encodeMistakes(report: Report) {
  const { rows } = report.mistakes;
  const [ids, sentences] = [new Index<string>(), new Index<string>()];
  const [seeds, pieces] = [new Index<readonly number[]>(), new Index<readonly string[]>()];
  const places = new Places(report);
  // Rows share the lists that they have from the same line of a prediction.
  const encodePieces = once((marked: readonly MarkedPiece[]) => {
    const texts = marked.map((piece) => piece.text);
    const place = pieces.add(texts.join(' ; '), () => texts);
    return [
      place,
      marked.map(({ mark, cause }) => LETTER_OF.get(`${mark} ${cause ?? ''}`) ?? '').join(''),
    ] as const;
  });
  const encodeSubsets = once((subsets: readonly SubsetName[]) =>
    subsets.reduce((bits, subset) => bits | (1 << SUBSETS.indexOf(subset)), 0),
  );
  const encoded = rows.map((row) => {
    const place = places.add(row);
    const id = ids.add(row.id, toOneLine);
    const sentence = sentences.add(row.sentence, toOneLine);
    const subsets = encodeSubsets(row.subsets);
    const seedList = seeds.add(row.seeds.join(), () => row.seeds);
    const [gold, goldMarks] = encodePieces(row.gold);
    const [predicted, predictedMarks] = encodePieces(row.predicted);
    return [place, id, sentence, subsets, seedList, gold, goldMarks, predicted, predictedMarks];
  });
  return {
    marks: MARK_LETTERS,
    places: places.values,
    ids: ids.values,
    sentences: sentences.values,
    seeds: seeds.values,
    pieces: pieces.values,
    rows: encoded,
  };
}

type Place = Pick<Mistake, 'task' | 'dataset' | 'model' | 'trainShare'>;

/** Model, dataset and share of the rows, with the number of cells there. */
class Places {
  readonly #index = new Index<{
    task: string;
    dataset: string;
    model: string;
    share: number;
    shareText: string;
    cells: number;
  }>();
  readonly #cells = new Map<string, number>();
  readonly #manyShares: boolean;
  #last: { readonly row: Place; readonly at: number } | null = null;

  constructor({ cells }: Report) {
    for (const cell of cells) this.#cells.set(keyOf(cell), (this.#cells.get(keyOf(cell)) ?? 0) + 1);
    this.#manyShares = new Set(cells.map((cell) => cell.trainShare)).size > 1;
  }

  get values() {
    return this.#index.values;
  }

  add(row: Mistake): number {
    // Rows come place by place: most stand where the one before them stood.
    if (this.#last !== null && isSamePlace(this.#last.row, row)) return this.#last.at;
    const key = keyOf(row);
    const at = this.#index.add(key, () => ({
      task: row.task,
      dataset: toOneLine(row.dataset),
      model: toOneLine(row.model),
      share: row.trainShare,
      shareText: this.#manyShares ? formatShare(row.trainShare) : '',
      cells: this.#cells.get(key) ?? row.seeds.length,
    }));
    this.#last = { row, at };
    return at;
  }
}

function keyOf({ task, dataset, model, trainShare }: Place): string {
  return JSON.stringify([task, dataset, model, trainShare]);
}

function isSamePlace(a: Place, b: Place): boolean {
  return a.model === b.model && a.dataset === b.dataset && a.trainShare === b.trainShare && a.task === b.task;
}

/** Values kept once each, known by their place. */
class Index<T> {
  readonly values: T[] = [];
  readonly #places = new Map<string, number>();

  add(key: string, make: (key: string) => T): number {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.values.length);
    return this.values.push(make(key)) - 1;
  }
}

/** The same function, worked out once for each object. */
function once<Key extends object, Value>(work: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = work(key)));
    return value;
  };
}
