/**
 * TAS-BERT: a table with a header in which a sentence stands once per category and polarity; only rows that
 * are `entailed` are opinions. Quotes have no meaning in it.
 *
 *     sentence_id	sentence	target	category	polarity	…	entailed	…
 *     7:0	The soup was cold .	soup	food quality	negative	…	yes	…
 */
import type { Importer } from '../importer.js';
import { type Found, type ImportedRow, RowFault } from '../row.js';
import { joinNeighbours, rowsOfLines, type Source } from '../source.js';
import { spanOfWords } from '../spans.js';

const COLUMNS = ['sentence_id', 'sentence', 'target', 'category', 'polarity', 'entailed'] as const;

export const tasBert: Importer = {
  name: 'tas-bert',
  form: 'a table of tabs with the columns sentence_id, sentence, target, category, polarity, entailed',
  recognise: ({ lines }) => COLUMNS.every((name) => lines[0]?.split('\t').includes(name) === true),
  read: (source) => joinNeighbours(readTable(source)),
};

function readTable(source: Source): AsyncGenerator<Found[]> {
  let header: readonly string[] | null = null;
  return rowsOfLines(source, (text, line) => {
    const cells = text.split('\t');
    if (header !== null) return readCells(header, cells, line);
    header = cells;
    return null;
  });
}

function readCells(header: readonly string[], cells: readonly string[], line: number): ImportedRow {
  if (cells.length !== header.length) {
    throw new RowFault(`the row has ${cells.length} cells where the header has ${header.length}`);
  }
  const cell = (name: (typeof COLUMNS)[number]): string => cells[header.indexOf(name)] ?? '';
  const [id, text] = [cell('sentence_id'), cell('sentence')];
  if (text.trim() === '') throw new RowFault('the sentence is empty');
  if (cell('entailed') !== 'yes') return { line, id, text, tuples: [] };
  const notes = new Set<string>();
  const term = spanOfWords(text, cell('target'), 'term', notes);
  const tuple = { term, category: cell('category'), polarity: cell('polarity') };
  return { line, id, text, tuples: [tuple], notes: [...notes] };
}
