/** Foreign files into one dataset of one task; nothing is left out without a warning. */
import { basename } from 'node:path';
import { FsaError } from '../../errors.js';
import { taskNamed } from '../../tasks/registry.js';
import type { TaskName } from '../../tasks/vocabulary.js';
import { type Told } from '../formats/reading-progress.js';
import { beforeSecondEncoding } from '../formats/twice-encoded.js';
import { Counter, type ImportCounts, PartCounter, type PartCounts } from './counts.js';
import type { DatasetWriter } from './dataset-writer.js';
import { exampleJson } from './example-json.js';
import type { FormatName, Importer, ReadOptions } from './importer.js';
import type { Labels } from './labels.js';
import { cutByRank, type Part, PARTS, reviewOfId, seededRank, type Shares } from './parts.js';
import { Projector, type TaskTuple } from './project.js';
import { type Found, type ImportedRow, isReject, type Reject, RowFault } from './row.js';
import { keyOfText, SeenTexts } from './seen-texts.js';
import type { Source } from './source.js';
import { WaitingRows } from './waiting-rows.js';

/** One file with what is known about it. */
export interface ImportFile {
  readonly source: Source;
  readonly importer: Importer;
  /** Null waits for the split. */
  readonly part: Part | null;
  /** Whether rows may name another part for themselves; not where the caller said which part the file is. */
  readonly rowsDecide: boolean;
}

export interface ImportPlan {
  readonly files: readonly ImportFile[];
  readonly task: TaskName;
  readonly labels: Labels;
  readonly ignoreSpaces: boolean;
  readonly reading: ReadOptions;
  readonly seed: number;
  readonly shares: Shares;
}

export interface PlacedReject extends Reject {
  readonly file: string;
}

export interface Imported extends ImportCounts {
  /** Where it was not the file's fault that something changed: how many rows have each note. */
  readonly notes: Readonly<Record<string, number>>;
  /** The first thousand; rejects.jsonl has all. */
  readonly rejected: readonly PlacedReject[];
  readonly rejectedCount: number;
  /** Counts of every part that is written. */
  readonly parts: Readonly<Partial<Record<Part, PartCounts>>>;
  /** Parts that were cut from rows of no part. */
  readonly cut: readonly Part[];
  /** Texts that stand in two parts. */
  readonly shared: { readonly trainDev: number; readonly trainTest: number };
  /** The first rows in the form in which they are written. */
  readonly preview: readonly object[];
}

const REJECTS_KEPT = 1000;
const PREVIEW_ROWS = 10;
const MARKS: Readonly<Record<Part, number>> = { train: 1, dev: 2, test: 4 };

/**
 * Reads files and writes what passes.
 * @param writer null only counts
 * @throws FsaError DATA where labels are unknown or nothing is left to learn from
 */
export async function importFiles(
  plan: ImportPlan,
  writer: DatasetWriter | null,
  nextFile: () => Told,
): Promise<Imported> {
  const take = new Taker(plan, writer);
  for (const file of plan.files) {
    const told = nextFile();
    let rows = 0;
    for await (const batch of file.importer.read(file.source, plan.reading)) {
      for (const found of batch) take.one(file, found);
      await writer?.flush();
      rows += batch.length;
      told(rows, file.source.bytesRead());
    }
  }
  return await take.end();
}

class Taker {
  readonly #all = new Counter();
  readonly #parts = new Map<Part, PartCounter>();
  readonly #notes = new Map<string, number>();
  readonly #rejected: PlacedReject[] = [];
  #rejectedCount = 0;
  readonly #preview: object[] = [];
  readonly #ids = new SeenTexts();
  readonly #texts = new SeenTexts();
  readonly #waiting = new WaitingRows();
  readonly #projector: Projector;
  readonly #labelNumbers: ReadonlyMap<string, number>;
  /** Tuples of other tasks, and those without a label: they tell why nothing is left. */
  #foreign = 0;
  #unlabelled = 0;

  constructor(
    private readonly plan: ImportPlan,
    private readonly writer: DatasetWriter | null,
  ) {
    this.#projector = new Projector(plan);
    this.#labelNumbers = new Map(plan.labels.names.map((name, at) => [name, at]));
  }

  one(file: ImportFile, found: Found): void {
    if (isReject(found)) this.#reject(file, found.line, found.reason);
    else {
      try {
        const where = (): string => `${file.source.path}:${found.line}`;
        const { tuples, notes } = this.#projector.project(found, file.importer.name, where);
        for (const note of notes) this.#note(note);
        if (beforeSecondEncoding(found.text) !== null) this.#note('twice-encoded');
        this.#foreign += found.tuples.length - tuples.length;
        this.#keep(file, found, tuples);
      } catch (error) {
        if (!(error instanceof RowFault)) throw error;
        if (found.tuples.some(({ polarity }) => polarity === null)) this.#unlabelled++;
        this.#reject(file, error.line ?? found.line, error.message);
      }
    }
  }

  async end(): Promise<Imported> {
    this.plan.labels.requireKnown();
    this.#requireSomething();
    const { ranks } = this.#waiting;
    const shares = this.#sharesLeft();
    const partOf = ranks.length === 0 ? null : cutByRank(ranks.slice(), shares, this.#firstFile);
    if (partOf !== null) {
      this.#waiting.deal(partOf, (part, key, labels) => {
        this.#count(part, key, labels);
      });
      await this.writer?.split((row) => partOf(ranks[row] ?? 0));
    }
    const parts = PARTS.filter((part) => this.#parts.has(part));
    return {
      ...this.#all.counts,
      notes: Object.fromEntries([...this.#notes].sort(([a], [b]) => (a < b ? -1 : 1))),
      rejected: this.#rejected,
      rejectedCount: this.#rejectedCount,
      parts: Object.fromEntries(parts.map((part) => [part, this.#parts.get(part)?.counts])),
      cut: ranks.length === 0 ? [] : (['dev', 'test'] as const).filter((part) => shares[part] > 0),
      shared: {
        trainDev: this.#texts.count(MARKS.train | MARKS.dev),
        trainTest: this.#texts.count(MARKS.train | MARKS.test),
      },
      preview: this.#preview,
    };
  }

  get #firstFile(): string {
    return this.plan.files[0]?.source.path ?? '';
  }

  /** Nothing is cut for a part that rows have named for themselves. */
  #sharesLeft(): Shares {
    const { dev, test } = this.plan.shares;
    return { dev: this.#parts.has('dev') ? 0 : dev, test: this.#parts.has('test') ? 0 : test };
  }

  /** Training rows wait where something may be cut from them. */
  #partOf(file: ImportFile, row: ImportedRow): Part | null {
    if (!file.rowsDecide || row.part === undefined) return file.part;
    const { dev, test } = this.plan.shares;
    return row.part === 'train' && dev + test > 0 ? null : row.part;
  }

  /** The id of a row, with its line where another row has it already; no two rows share one. */
  #idOf(own: string, line: number): string {
    if (this.#ids.mark(own, 1) === 0) return own;
    this.#note('id-repeated');
    const withLine = `${own}~${line}`;
    let id = withLine;
    for (let again = 2; this.#ids.mark(id, 1) !== 0; again++) id = `${withLine}~${again}`;
    return id;
  }

  #keep(file: ImportFile, row: ImportedRow, tuples: readonly TaskTuple[]): void {
    const id = this.#idOf(row.id ?? `${basename(file.source.path)}:${row.line}`, row.line);
    this.#all.add(tuples);
    const json = exampleJson(id, row, tuples);
    if (this.#preview.length < PREVIEW_ROWS) this.#preview.push(JSON.parse(json) as object);
    const labels = tuples.map(({ polarity }) => this.#labelNumbers.get(polarity) ?? 0);
    const part = this.#partOf(file, row);
    if (part !== null) this.#count(part, keyOfText(row.text), labels);
    else {
      const review = row.review ?? (row.id === undefined ? null : reviewOfId(row.id)) ?? row.text;
      this.#waiting.add(seededRank(review, this.plan.seed), keyOfText(row.text), labels);
    }
    this.writer?.add(part, json);
  }

  #count(part: Part, key: number, labels: ArrayLike<number> & Iterable<number>): void {
    this.#texts.markKey(key, MARKS[part]);
    const counter = this.#parts.get(part) ?? new PartCounter(this.plan.labels.names);
    this.#parts.set(part, counter);
    counter.addRow(labels.length === 0);
    for (const label of labels) counter.addTuple(label);
  }

  #note(name: string): void {
    this.#notes.set(name, (this.#notes.get(name) ?? 0) + 1);
  }

  #reject(file: ImportFile, line: number, reason: string): void {
    this.#rejectedCount++;
    if (this.#rejected.length < REJECTS_KEPT) this.#rejected.push({ file: file.source.path, line, reason });
    this.writer?.reject(file.source.path, { line, reason });
  }

  /** @throws FsaError DATA where no sentence passed, or no tuple of a file that should have some */
  #requireSomething(): void {
    const { sentences, tuples } = this.#all.counts;
    const [first] = this.#rejected;
    const where = this.#firstFile;
    const problems = this.#rejected
      .slice(0, 10)
      .map(({ file, line, reason }) => `${file}:${line}: ${reason}`);
    if (tuples === 0 && this.#unlabelled > 0) {
      throw new FsaError(
        'DATA',
        'None of the annotated tuples has a label: this is a file to predict, not to learn from.',
        {
          where: first === undefined ? where : `${first.file}:${first.line}`,
          problems,
          advice: 'Import the file that has the gold labels; `fsa predict` reads the texts of this one.',
        },
      );
    }
    if (sentences === 0) {
      throw new FsaError('DATA', 'No sentence could be taken.', {
        where: first === undefined ? where : `${first.file}:${first.line}`,
        problems,
        advice: 'Correct the file, or name its form with --from.',
      });
    }
    if (tuples > 0 || this.#foreign > 0) return;
    throw new FsaError('DATA', 'No sentence has a tuple: this is a file to predict, not to learn from.', {
      where,
      advice: `${this.plan.task} needs ${taskNamed(this.plan.task).elements.join(', ')}; import a file that annotates them.`,
    });
  }
}

/** The formats of an import in one word. */
export function nameFormats(files: readonly ImportFile[]): string {
  return [...new Set(files.map(({ importer }): FormatName => importer.name))].join('+');
}
