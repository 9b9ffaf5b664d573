/** Under which names tables and JSON objects hold the parts of a tuple. */
import { FsaError } from '../../../errors.js';
import { nearestName } from '../../../config/nearest.js';

/** Names that stand for a field, the likeliest first; upper and lower case, `_`, `-` and spaces are one. */
const ALIASES = {
  id: ['id', 'sentence_id', 'example_id'],
  review: ['review_id', 'rid', 'document_id', 'doc_id'],
  text: ['text', 'sentence', 'raw_text', 'review', 'review_text', 'content', 'comment'],
  term: ['term', 'aspect_term', 'target', 'span', 'aspect'],
  category: ['category', 'aspect_category'],
  opinion: ['opinion', 'opinion_term', 'opinion_span', 'opinion_text'],
  polarity: ['polarity', 'sentiment', 'label'],
  from: ['from', 'start', 'term_from', 'term_start', 'begin'],
  to: ['to', 'end', 'term_to', 'term_end'],
  opinionFrom: ['opinion_from', 'opinion_start'],
  opinionTo: ['opinion_to', 'opinion_end'],
  ordinal: ['ordinal'],
  part: ['split', 'data_split', 'dataset_split', 'partition', 'part', 'subset'],
} as const;

export type Field = keyof typeof ALIASES;
export const FIELDS = Object.keys(ALIASES) as readonly Field[];

/** The column of every field that a table has. */
export type Columns = Readonly<Partial<Record<Field, string>>>;

const plain = (name: string): string => name.toLowerCase().replaceAll(/[_\- ]/g, '');

/**
 * @param said columns that the caller names himself; they come first
 * @throws FsaError USAGE where one of those is no column, or the field is none that is known
 */
export function findColumns(
  names: readonly string[],
  said: Readonly<Record<string, string>>,
  where: string,
): Columns {
  const found: Partial<Record<Field, string>> = {};
  for (const [field, column] of Object.entries(said)) {
    if (!FIELDS.some((name) => name === field)) throw unknownField(field);
    if (!names.includes(column)) throw missingColumn(field, column, names, where);
    found[field as Field] = column;
  }
  for (const field of FIELDS) {
    const taken = Object.values(found);
    const free = names.filter((name) => !taken.includes(name));
    const alias = ALIASES[field].find((word) => free.some((name) => plain(name) === plain(word)));
    const column = alias === undefined ? undefined : free.find((name) => plain(name) === plain(alias));
    if (column !== undefined) found[field] ??= column;
  }
  return found;
}

/** Whether names look like the columns of annotated sentences. */
export function looksAnnotated(names: readonly string[]): boolean {
  const { text, term, category, polarity } = findColumns(names, {}, '');
  return text !== undefined && polarity !== undefined && (term ?? category) !== undefined;
}

/** @throws FsaError DATA naming the columns there are where a table has no texts or labels */
export function requireColumns(columns: Columns, names: readonly string[], where: string): void {
  const hasElement = (columns.term ?? columns.category) !== undefined;
  if (columns.text !== undefined && columns.polarity !== undefined && hasElement) return;
  const field =
    columns.text === undefined ? 'text' : columns.polarity === undefined ? 'polarity' : 'term or category';
  throw new FsaError('DATA', `No column is known to hold the ${field}.`, {
    where,
    problems: [`the columns are ${names.map((name) => JSON.stringify(name)).join(', ')}`],
    advice: `Say which one does: --column ${field.split(' ')[0] ?? field}=NAME.`,
  });
}

function unknownField(field: string): FsaError {
  return new FsaError('USAGE', `There is no field ${JSON.stringify(field)} that a column can hold.`, {
    advice: `The fields are ${FIELDS.join(', ')}.`,
  });
}

function missingColumn(field: string, column: string, names: readonly string[], where: string): FsaError {
  const near = nearestName(column, names);
  return new FsaError('USAGE', `There is no column ${JSON.stringify(column)} for the ${field}.`, {
    where,
    advice: `${near === null ? '' : `Did you mean ${near}? `}The columns are ${names.join(', ')}.`,
  });
}
