/** What a reader of a foreign format is. */
import type { Found } from './row.js';
import type { Source } from './source.js';

export const FORMATS = [
  'semeval14',
  'semeval16',
  'mams',
  'absa-quad',
  'aste',
  'tasd',
  'acos',
  'm-absa',
  'tags',
  'tas-bert',
  'seg',
  'apc',
  'atepc',
  'instructabsa',
  'uabsa',
  'label-studio',
  'doccano',
  'prodigy',
  'csv',
  'jsonl',
] as const;
export type FormatName = (typeof FORMATS)[number];

/** What a file gives away about its format. */
export interface Head {
  readonly text: string;
  /** The first lines that are not blank and that are whole. */
  readonly lines: readonly string[];
}

export interface ReadOptions {
  /** What the caller says about columns: `{ text: 'review', term: 'aspect' }`. */
  readonly columns: Readonly<Record<string, string>>;
  /** Null goes by the header. */
  readonly delimiter: string | null;
}

export interface Importer {
  readonly name: FormatName;
  /** How a file of the format looks, in one line. */
  readonly form: string;
  /** Whether a file begins like one of this format. */
  readonly recognise: (head: Head) => boolean;
  /** The rows in the order of the file, some at a time. @throws FsaError DATA where the file as a whole is wrong */
  readonly read: (source: Source, options: ReadOptions) => AsyncGenerator<Found[]>;
}
