/**
 * A table with one row for every tuple: CSV, TSV or another delimiter, with a header. Neighbouring rows of
 * one text are one sentence; a row whose cells are empty says that its sentence has no tuple.
 *
 *     text,term,category,opinion,polarity
 *     The soup was cold .,soup,food quality,cold,negative
 */
import { FsaError } from '../../../errors.js';
import { delimiterOf, headerOf, placeOfColumn, type TableRecord } from '../../formats/table.js';
import type { Importer, ReadOptions } from '../importer.js';
import { Notes, type Found, type ImportedRow, RowFault } from '../row.js';
import { joinNeighbours, type Source } from '../source.js';
import { type Columns, type Field, FIELDS, findColumns, looksAnnotated, requireColumns } from './columns.js';
import { partOfRow, tupleOfValues } from './field-values.js';
import { rowsOfTable } from './table-rows.js';

export const csv: Importer = {
  name: 'csv',
  form: 'a table with the columns text, polarity, and term or category (--column names others)',
  recognise: ({ text }) => looksAnnotated(headerOf(text, delimiterOf(text))),
  read: (source, options) => joinNeighbours(readTable(source, options)),
};

function readTable(source: Source, options: ReadOptions): AsyncGenerator<Found[]> {
  const delimiter = options.delimiter ?? delimiterOf(source.head);
  const header = headerOf(source.head, delimiter);
  if (header.join('') === '')
    throw new FsaError('DATA', 'The table is empty.', {
      where: source.path,
      advice: 'It needs a header and rows.',
    });
  const columns = findColumns(header, options.columns, source.path);
  requireColumns(columns, header, source.path);
  const places = placesOf(columns, header, source.path);
  return rowsOfTable(source, delimiter, (record) => readRecord(record, places, header.length));
}

type Places = Readonly<Partial<Record<Field, number>>>;

function placesOf(columns: Columns, header: readonly string[], where: string): Places {
  const known = FIELDS.filter((field) => columns[field] !== undefined);
  return Object.fromEntries(
    known.map((field) => [field, placeOfColumn(header, columns[field] ?? '', where)]),
  );
}

function readRecord({ cells, line }: TableRecord, places: Places, width: number): ImportedRow {
  if (cells.length !== width) {
    throw new RowFault(
      `the row has ${cells.length} cells where the header has ${width}: a quote or a delimiter is amiss`,
    );
  }
  const valueOf = (field: Field): string | undefined => {
    const place = places[field];
    return place === undefined ? undefined : cells[place];
  };
  const text = valueOf('text') ?? '';
  if (text.trim() === '') throw new RowFault('the text is empty');
  const notes = new Notes();
  const tuple = tupleOfValues(text, valueOf, notes.add);
  const [id, review] = [valueOf('id'), valueOf('review')];
  return {
    line,
    text,
    tuples: tuple === null ? [] : [tuple],
    ...(id === undefined || id === '' ? {} : { id }),
    ...(review === undefined || review === '' ? {} : { review }),
    ...partOfRow(valueOf('part'), notes.add),
    notes: notes.list,
  };
}
