/** The one model of an annotated sentence that every reader of a foreign format gives. */
import { StacklessError } from '../../errors.js';
import type { Part } from './parts.js';

/** Words of the text. Offsets count code points, the end is exclusive; null where the words are not in the text. */
export interface Span {
  readonly text: string;
  readonly from: number | null;
  readonly to: number | null;
}

/** One annotated opinion. A missing key is not annotated; null stands for implicit (`polarity`: no label). */
export interface ImportedTuple {
  readonly term?: Span | null;
  readonly category?: string | null;
  readonly opinion?: Span | null;
  /** As the file has it, or put in words where the format's own codes are fixed. */
  readonly polarity: string | null;
}

export interface ImportedRow {
  /** 1-based, where the row starts. */
  readonly line: number;
  readonly text: string;
  readonly tuples: readonly ImportedTuple[];
  /** The file's own id; absent where it has none. */
  readonly id?: string;
  /** The review that the sentence is a part of, where the file says so. */
  readonly review?: string;
  /** The part of the dataset that the row names for itself. */
  readonly part?: Part;
  /** What was repaired or is doubtful: short stable names, for counting. */
  readonly notes?: readonly string[];
}

/** A row that was not taken, and why. */
export interface Reject {
  readonly line: number;
  readonly reason: string;
}

export type Found = ImportedRow | Reject;

export function isReject(found: Found): found is Reject {
  return 'reason' in found;
}

/** Thrown while one row is read: the row goes to the rejects with this sentence, the others go on. */
export class RowFault extends StacklessError {
  constructor(
    reason: string,
    /** Where the fault stands, if not on the row's first line. */
    readonly line?: number,
  ) {
    super(reason);
  }
}

/** What a row became, or what is wrong with it. */
export function rowOrReject(line: number, read: () => ImportedRow | null): Found | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof RowFault) return { line: error.line ?? line, reason: error.message };
    throw error;
  }
}

/** Neighbouring rows of one sentence as one row; formats that repeat a sentence for every tuple need it. */
export class Neighbours {
  #row: ImportedRow | null = null;
  /** Tuples and notes of the row's followers; apart, as a file of one sentence would copy them for every line. */
  #tuples: ImportedTuple[] = [];
  #notes = new Set<string>();

  /** Takes the next row; gives the one before it where that is complete. */
  push(row: ImportedRow): ImportedRow | null {
    const before = this.#row;
    if (before === null || !isOneSentence(before, row)) {
      const whole = this.end();
      this.#row = row;
      return whole;
    }
    for (const tuple of row.tuples) this.#tuples.push(tuple);
    for (const note of row.notes ?? []) this.#notes.add(note);
    return null;
  }

  end(): ImportedRow | null {
    const last = this.#row;
    this.#row = null;
    if (last === null || (this.#tuples.length === 0 && this.#notes.size === 0)) return last;
    const [tuples, notes] = [
      [...last.tuples, ...this.#tuples],
      new Set([...(last.notes ?? []), ...this.#notes]),
    ];
    this.#tuples = [];
    this.#notes = new Set();
    return { ...last, tuples, notes: [...notes] };
  }
}

const isOneSentence = (one: ImportedRow, other: ImportedRow): boolean =>
  one.text === other.text && one.id === other.id && one.part === other.part && one.review === other.review;

/** Notes of a row, each once. */
export class Notes {
  #list: string[] | null = null;

  readonly add = (name: string): void => {
    if (this.#list === null) this.#list = [name];
    else if (!this.#list.includes(name)) this.#list.push(name);
  };

  get list(): readonly string[] {
    return this.#list ?? NONE;
  }
}

const NONE: readonly string[] = [];
