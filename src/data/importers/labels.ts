/** Which label of a dataset the words and codes of a file mean. */
import { nearestName } from '../../config/nearest.js';
import { FsaError } from '../../errors.js';
import { POLARITIES } from '../../tasks/vocabulary.js';
import { quoted } from '../formats/json-values.js';
import type { FormatName } from './importer.js';
import { readPolarity } from './polarity.js';

/** A label nobody knows, with how often it stands there and where first. */
interface Unknown {
  count: number;
  readonly where: string;
}

export interface LabelOptions {
  /** What the caller says about labels, by the file's own words; an empty text drops the tuple. */
  readonly map: Readonly<Record<string, string>>;
  /** The labels of the dataset; null takes the four usual ones. */
  readonly polarities: readonly string[] | null;
}

const MOST_LABELS = 100;

export class Labels {
  /** The dataset's labels, in its order. */
  readonly names: readonly string[];
  readonly #map: ReadonlyMap<string, string>;
  readonly #unknown = new Map<string, Unknown>();
  /** Words of the map that no file has had yet, by what they are looked up by. */
  readonly #unused = new Map<string, string>();
  /** Words that were looked up before. */
  readonly #said = new Map<string, string | null>();
  /** Codes 0 and 1 of tables, whose meaning hangs on whether there is a -1. */
  readonly #codes = new Set<string>();
  #codesWhere = '';

  /** @throws FsaError USAGE where a label cannot be one */
  constructor({ map, polarities }: LabelOptions) {
    this.names = polarities ?? POLARITIES;
    this.#map = new Map(
      Object.entries(map).map(([word, label]) => [word.trim().toLowerCase(), label.trim()]),
    );
    for (const word of Object.keys(map)) this.#unused.set(word.trim().toLowerCase(), word);
    const unusable = this.names.find((name) => name.trim() !== name || name === '' || /[;|\n\r]/.test(name));
    if (unusable !== undefined) {
      throw new FsaError('USAGE', `${quoted(unusable)} cannot be a label.`, {
        advice:
          'Labels hold no ";", no "|", no line break and no spaces around them, since targets are cut there.',
      });
    }
    if (this.names.length > MOST_LABELS) {
      throw new FsaError('USAGE', `A dataset has at most ${MOST_LABELS} labels.`, {
        advice: 'Declare fewer with --polarities.',
      });
    }
    const foreign = [...this.#map.values()].find((label) => label !== '' && !this.names.includes(label));
    if (foreign !== undefined) throw this.#notOurs(foreign);
  }

  /**
   * The dataset's label for a word of a file; null where the caller leaves it out, undefined where nobody knows
   * it, which `requireKnown` tells.
   * @param where `file:line`, told where the label is not known
   */
  read(word: string, format: FormatName, where: () => string): string | null | undefined {
    const said = this.#said.get(word);
    if (said !== undefined) return said;
    const label = this.#find(word, format, where);
    if (label !== undefined && this.#said.size < MOST_LABELS) this.#said.set(word, label);
    return label;
  }

  #find(word: string, format: FormatName, where: () => string): string | null | undefined {
    const key = word.trim().toLowerCase();
    const mapped = this.#map.get(key);
    if (mapped !== undefined) {
      this.#unused.delete(key);
      return mapped === '' ? null : mapped;
    }
    if (this.names.includes(word.trim())) return word.trim();
    if (/^-?[01]$/.test(word.trim()) && (format === 'csv' || format === 'jsonl')) {
      if (this.#codes.size === 0) this.#codesWhere = where();
      this.#codes.add(word.trim());
    }
    const label = readPolarity(word);
    if (this.names.includes(label)) return label;
    const known = this.#unknown.get(word);
    if (known !== undefined) known.count++;
    else if (this.#unknown.size < MOST_LABELS) this.#unknown.set(word, { count: 1, where: where() });
    return undefined;
  }

  /** What the caller said about labels that no file has. */
  get unused(): readonly string[] {
    return [...this.#unused.values()];
  }

  /** @throws FsaError DATA with every unknown label, its count and its first place */
  requireKnown(): void {
    if (this.#codes.has('0') && this.#codes.has('1') && !this.#codes.has('-1') && this.#unknown.size === 0) {
      throw new FsaError('DATA', 'The labels are 0 and 1 without -1, which can mean two things.', {
        where: this.#codesWhere,
        advice: 'Say which: --map polarity.0=negative --map polarity.1=positive, or neutral for 0.',
      });
    }
    const [first] = this.#unknown;
    if (first === undefined) return;
    const [word, { where }] = first;
    throw new FsaError('DATA', `The file has labels that are none of ${this.names.join(', ')}.`, {
      where,
      problems: [...this.#unknown].map(
        ([label, { count, where: place }]) => `${quoted(label)}: ${count} times, first at ${place}`,
      ),
      advice:
        `Map them (fsa data import --map ${quoteForShell(`polarity.${word}=${this.#nearTo(word)}`)}; with nothing after "=" its tuples ` +
        `are left out), or declare labels of your own (--polarities ${this.#ownLabels()}).`,
    });
  }

  /** The label that differs in letters' case, width or composition alone, else any. */
  #nearTo(word: string): string {
    const folded = (text: string): string => text.normalize('NFKC').toLowerCase();
    return this.names.find((name) => folded(name) === folded(word)) ?? this.names[0] ?? 'positive';
  }

  /** All that the file uses, for the command line; an example where they are too many to be a set of labels. */
  #ownLabels(): string {
    const known = this.names.filter((name) => [...this.#said.values()].includes(name));
    const all = [...known, ...[...this.#unknown.keys()].map((word) => word.trim())];
    const usable = all.length <= 20 && all.every((name) => name !== '' && !/[,;|\n\r]/.test(name));
    return usable ? quoteForShell(all.join(',')) : 'love,joy,anger';
  }

  #notOurs(label: string): FsaError {
    const near = nearestName(label, this.names);
    return new FsaError('USAGE', `A label is mapped to ${quoted(label)}, which is none of the dataset's.`, {
      advice: `${near === null ? '' : `Did you mean ${near}? `}The labels are ${this.names.join(', ')}; --polarities declares others.`,
    });
  }
}

function quoteForShell(text: string): string {
  return /^[\w.,=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
