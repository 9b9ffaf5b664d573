/** From everything a file annotates to the tuples of one task. */
import { quoted } from '../formats/json-values.js';
import { nearestName } from '../../config/nearest.js';
import { taskNamed } from '../../tasks/registry.js';
import type { TaskDefinition } from '../../tasks/task.js';
import type { TaskName } from '../../tasks/vocabulary.js';
import type { FormatName } from './importer.js';
import type { Labels } from './labels.js';
import { type ImportedRow, type ImportedTuple, RowFault, type Span } from './row.js';
import { findWithoutSpaces } from './spans.js';

/** A tuple as a task has it; elements the task does not have are left out. */
export interface TaskTuple {
  readonly term?: Span | null;
  readonly category?: string;
  readonly opinion?: Span | null;
  readonly polarity: string;
}

export interface Projection {
  readonly task: TaskName;
  readonly labels: Labels;
  /** Whether terms and opinions may differ from the text in white space. */
  readonly ignoreSpaces: boolean;
}

const NO_NOTES: readonly string[] = [];

/** Makes rows those of one task. */
export class Projector {
  readonly #task: TaskDefinition;
  readonly #hasTerm: boolean;
  readonly #hasCategory: boolean;
  readonly #hasOpinion: boolean;
  #notes: string[] = [];

  constructor(private readonly settings: Projection) {
    this.#task = taskNamed(settings.task);
    const { elements } = this.#task;
    this.#hasTerm = elements.includes('term');
    this.#hasCategory = elements.includes('category');
    this.#hasOpinion = elements.includes('opinion');
  }

  /**
   * The row's tuples of the task. Tuples that do not annotate one of its elements are another task's.
   * @throws RowFault where a tuple has no label, or a term that the task needs is not in the text
   */
  project(
    row: ImportedRow,
    format: FormatName,
    where: () => string,
  ): { readonly tuples: readonly TaskTuple[]; readonly notes: readonly string[] } {
    this.#notes = [];
    const tuples: TaskTuple[] = [];
    let cut = false;
    for (const tuple of row.tuples) {
      if (tuple.category === null && this.#task.name === 'acsa') this.#note('null-category-left-out');
      if (!this.#annotates(tuple)) continue;
      // A term without words is no term, where terms are all that is asked for.
      if (tuple.term === null && this.#task.name === 'atsa') {
        this.#note('implicit-term-left-out');
        continue;
      }
      if (tuple.polarity === null) throw new RowFault(`${nameOf(tuple)} has no label`);
      const meaning = this.settings.labels.read(tuple.polarity, format, where);
      if (meaning === null) this.#note('label-left-out');
      if (meaning === null || meaning === undefined) continue;
      if (this.#isCut(tuple)) cut = true;
      tuples.push(this.#toTaskTuple(row.text, tuple, meaning));
    }
    const said = row.notes ?? NO_NOTES;
    return {
      tuples: cut ? distinct(tuples) : tuples,
      notes: this.#notes.length === 0 ? said : [...new Set([...said, ...this.#notes])],
    };
  }

  #annotates({ term, category, opinion }: ImportedTuple): boolean {
    if (this.#hasTerm && term === undefined) return false;
    if (this.#hasCategory && (category === undefined || category === null)) return false;
    return !this.#hasOpinion || opinion !== undefined;
  }

  /** Whether the tuple annotates more than the task asks for. */
  #isCut({ term, category, opinion }: ImportedTuple): boolean {
    if (!this.#hasTerm && term !== undefined) return true;
    if (!this.#hasCategory && category !== undefined && category !== null) return true;
    return !this.#hasOpinion && opinion !== undefined;
  }

  #toTaskTuple(text: string, { term, category, opinion }: ImportedTuple, polarity: string): TaskTuple {
    const tuple: { -readonly [Key in keyof TaskTuple]: TaskTuple[Key] } = { polarity };
    if (this.#hasTerm) {
      tuple.term = this.#place(text, term ?? null, 'term');
      if (tuple.term?.from === null && this.#task.foreignTerm === 'error')
        throw notInText(text, tuple.term.text);
    }
    if (this.#hasCategory) tuple.category = category ?? '';
    if (this.#hasOpinion) tuple.opinion = this.#place(text, opinion ?? null, 'opinion');
    return tuple;
  }

  #place(text: string, span: Span | null, name: 'term' | 'opinion'): Span | null {
    if (span === null && !this.#task.implicit.includes(name)) this.#note(`implicit-${name}`);
    if (span === null || span.from !== null) return span;
    const found = this.settings.ignoreSpaces ? findWithoutSpaces(text, span.text) : null;
    this.#note(found === null ? `${name}-not-in-text` : `${name}-spaces`);
    return found ?? span;
  }

  #note(name: string): void {
    if (!this.#notes.includes(name)) this.#notes.push(name);
  }
}

function nameOf(tuple: ImportedTuple): string {
  const { term, category } = tuple;
  return quoted(term?.text ?? category ?? 'an implicit term');
}

function notInText(text: string, term: string): RowFault {
  const packed = findWithoutSpaces(text, term);
  if (packed !== null) {
    return new RowFault(
      `${quoted(term)} is written ${quoted(packed.text)} in the text: --repair spaces takes the text's own form`,
    );
  }
  if (text.normalize('NFC').includes(term.normalize('NFC'))) {
    return new RowFault(
      `${quoted(term)} is in the text in another form of Unicode (accents as signs of their own): bring both to NFC`,
    );
  }
  const words = text.split(/\s+/);
  const length = term.split(/\s+/).length;
  const runs = words.slice(0, 500).map((_, at) => words.slice(at, at + length).join(' '));
  const near = nearestName(term, runs);
  return new RowFault(
    `${quoted(term)} does not occur in the text${near === null ? '' : `; did it mean ${quoted(near)}?`}`,
  );
}

/** Where elements were left out, tuples that differed in them alone are one. */
function distinct(tuples: readonly TaskTuple[]): TaskTuple[] {
  return [...new Map(tuples.map((tuple) => [JSON.stringify(tuple), tuple])).values()];
}
