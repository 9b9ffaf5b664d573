/**
 * InstructABSA: a CSV whose cells hold Python literals; terms and categories are not paired.
 * `noaspectterm` and `noaspectcategory` stand for none. A repeated term takes its next place in the text.
 *
 *     sentenceId,raw_text,aspectTerms,aspectCategories
 *     7,The soup was cold.,"[{'term': 'soup', 'polarity': 'negative'}]","[{'category': 'food', 'polarity': 'negative'}]"
 */
import { headerOf, type TableRecord } from '../../formats/table.js';
import type { Importer } from '../importer.js';
import { type Literal, readLiteral } from '../literal.js';
import { type ImportedRow, type ImportedTuple, RowFault } from '../row.js';
import { findSpan } from '../spans.js';
import { rowsOfTable } from './table-rows.js';

export const instructAbsa: Importer = {
  name: 'instructabsa',
  form: "a CSV with the columns raw_text and aspectTerms, cells like [{'term': 'soup', 'polarity': 'negative'}]",
  recognise: ({ text }) => {
    const header = headerOf(text, ',');
    return (
      header.includes('raw_text') && (header.includes('aspectTerms') || header.includes('aspectCategories'))
    );
  },
  read: (source) => {
    const header = headerOf(source.head, ',');
    return rowsOfTable(source, ',', (record) => readRow(header, record));
  },
};

function readRow(header: readonly string[], { cells, line }: TableRecord): ImportedRow {
  if (cells.length !== header.length) {
    throw new RowFault(`the row has ${cells.length} cells where the header has ${header.length}`);
  }
  const cell = (name: string): string | undefined => cells[header.indexOf(name)];
  const [id, text = ''] = [cell('sentenceId'), cell('raw_text')];
  if (text.trim() === '') throw new RowFault('the text is empty');
  const taken = new Map<string, number>();
  const terms = marksOf(cell('aspectTerms'), 'term').map(([term, polarity]): ImportedTuple => {
    const next = text.indexOf(term, taken.get(term) ?? 0);
    const start = next === -1 ? text.indexOf(term) : next;
    taken.set(term, start + term.length);
    return { term: findSpan(text, term, Math.max(start, 0)), polarity };
  });
  const categories = marksOf(cell('aspectCategories'), 'category').map(([category, polarity]) => ({
    category,
    polarity,
  }));
  return { line, text, tuples: [...terms, ...categories], ...(id === undefined || id === '' ? {} : { id }) };
}

function marksOf(cell: string | undefined, key: 'term' | 'category'): [value: string, polarity: string][] {
  if (cell === undefined || cell.trim() === '') return [];
  const value = readLiteral(cell);
  if (!Array.isArray(value)) throw new RowFault(`the ${key}s are not a list`);
  return (value as Literal[])
    .map((mark): [string, string] => {
      const { [key]: word, polarity } = (mark ?? {}) as Record<string, Literal>;
      if (typeof word !== 'string' || typeof polarity !== 'string') {
        throw new RowFault(`a ${key} should be {'${key}': text, 'polarity': text}`);
      }
      return [word, polarity];
    })
    .filter(([word, polarity]) => word !== `noaspect${key}` && polarity !== 'none');
}
