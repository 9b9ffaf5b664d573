/** Sentences that stand in more than one part of a dataset: a model has seen them before it is judged by them. */
import { HARD_FILE } from '../../tasks/vocabulary.js';
import { plainText } from '../dedupe/plain-text.js';

type Rows = readonly { readonly sentence: string }[];

interface Parts {
  /** For people: `atsa/rest14`. */
  readonly label: string;
  readonly train: Rows;
  readonly dev: Rows;
  readonly test: Rows;
}

/** What each part shares with those that a model learns from or an epoch is chosen by, in sentences; often nothing. */
export function describeSharedSentences({ label, train, dev, test }: Parts): string[] {
  const [trained, chosen] = [keysOf(train), keysOf(dev)];
  const tell = (rows: Rows, part: string, among: ReadonlySet<string>, where: string): string[] => {
    const shared = rows.filter(({ sentence }) => among.has(plainText(sentence))).length;
    if (shared === 0) return [];
    return [
      `${shared} of ${rows.length} ${part} sentences of ${label} ${shared === 1 ? 'stands' : 'stand'} ${where}.`,
    ];
  };
  return [
    ...tell(
      test,
      'test',
      trained,
      'in train.json, too: every student has learned their answers, and figures are too good by them',
    ),
    ...tell(
      test,
      'test',
      chosen,
      'in dev.json, too: the epoch is chosen by them, and figures are too good by them',
    ),
    ...tell(dev, 'dev', trained, 'in train.json, too: choosing an epoch by them chooses little'),
  ];
}

function keysOf(rows: Rows): ReadonlySet<string> {
  return new Set(rows.map(({ sentence }) => plainText(sentence)));
}

/** The parts of a dataset by the names of their files; both of a test set are one. */
const PART_OF_FILE: Readonly<Record<string, string>> = {
  'train.json': 'train',
  'dev.json': 'dev',
  'test.json': 'test',
  [HARD_FILE]: 'test',
};

/** Where each sentence of a folder stood first, while its files are read one after the other. */
export class SeenSentences {
  readonly #places = new Map<string, { readonly part: string; readonly file: string; readonly id: string }>();

  /** The place in another part where the sentence stood already; null where there is none, or the file is no part. */
  placeOf(sentence: string, file: string, id: string): { readonly file: string; readonly id: string } | null {
    const part = Object.hasOwn(PART_OF_FILE, file) ? PART_OF_FILE[file] : undefined;
    if (part === undefined) return null;
    const key = plainText(sentence);
    const place = this.#places.get(key);
    if (place === undefined) this.#places.set(key, { part, file, id });
    return place === undefined || place.part === part ? null : place;
  }
}
