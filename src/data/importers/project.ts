/** From everything a file annotates to the tuples of one task. */
import { quoted } from '../formats/json-values.js';
import { nearestName } from '../../config/nearest.js';
import type { ElementName, TaskName } from '../../tasks/vocabulary.js';
import { taskNamed } from '../../tasks/registry.js';
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

export interface TaskRow {
  readonly tuples: readonly TaskTuple[];
  readonly notes: readonly string[];
}

export interface Projection {
  readonly task: TaskName;
  readonly labels: Labels;
  /** Whether terms and opinions may differ from the text in white space. */
  readonly ignoreSpaces: boolean;
}

/**
 * The row's tuples of the task. Tuples that do not annotate one of its elements are another task's.
 * @throws RowFault where a tuple has no label, or a term that the task needs is not in the text
 */
export function projectRow(
  row: ImportedRow,
  { task, labels, ignoreSpaces }: Projection,
  format: FormatName,
  where: () => string,
): TaskRow {
  const { elements, implicit, foreignTerm } = taskNamed(task);
  const notes = new Set(row.notes ?? []);
  const tuples: TaskTuple[] = [];
  let cut = false;
  for (const tuple of row.tuples) {
    if (!annotates(tuple, elements)) continue;
    // A term without words is no term, where terms are all that is asked for.
    if (task === 'atsa' && tuple.term === null) {
      notes.add('implicit-term-left-out');
      continue;
    }
    if (tuple.polarity === null) throw new RowFault(`${nameOf(tuple)} has no label`);
    const meaning = labels.read(tuple.polarity, format, where);
    if (meaning.kind === 'dropped') notes.add('label-left-out');
    if (meaning.kind !== 'label') continue;
    if (elementsOf(tuple).some((element) => !elements.includes(element))) cut = true;
    const has = (element: ElementName): boolean => elements.includes(element);
    const place = (name: 'term' | 'opinion'): Span | null => {
      const span = placeIn(row.text, tuple[name] ?? null, name, ignoreSpaces, notes);
      if (span === null && !implicit.includes(name)) notes.add(`implicit-${name}`);
      if (span?.from === null && name === 'term' && foreignTerm === 'error')
        throw notInText(row.text, span.text);
      return span;
    };
    tuples.push({
      ...(has('term') ? { term: place('term') } : {}),
      ...(has('category') ? { category: tuple.category ?? '' } : {}),
      ...(has('opinion') ? { opinion: place('opinion') } : {}),
      polarity: meaning.label,
    });
  }
  return { tuples: cut ? distinct(tuples) : tuples, notes: [...notes] };
}

/** Which elements a tuple annotates; a category that is null is none. */
export function elementsOf(tuple: ImportedTuple): ElementName[] {
  const { term, category, opinion } = tuple;
  return [
    ...(term === undefined ? [] : (['term'] as const)),
    ...(category === undefined || category === null ? [] : (['category'] as const)),
    ...(opinion === undefined ? [] : (['opinion'] as const)),
  ];
}

function annotates(tuple: ImportedTuple, elements: readonly ElementName[]): boolean {
  const there = elementsOf(tuple);
  return elements.every((element) => element === 'polarity' || there.includes(element));
}

function nameOf(tuple: ImportedTuple): string {
  const { term, category } = tuple;
  return quoted(term?.text ?? category ?? 'an implicit term');
}

function placeIn(
  text: string,
  span: Span | null,
  name: 'term' | 'opinion',
  ignoreSpaces: boolean,
  notes: Set<string>,
): Span | null {
  if (span === null || span.from !== null) return span;
  const found = ignoreSpaces ? findWithoutSpaces(text, span.text) : null;
  notes.add(found === null ? `${name}-not-in-text` : `${name}-spaces`);
  return found ?? span;
}

function notInText(text: string, term: string): RowFault {
  const packed = findWithoutSpaces(text, term);
  if (packed !== null) {
    return new RowFault(
      `${quoted(term)} is written ${quoted(packed.text)} in the text: --repair spaces takes the text's own form`,
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
