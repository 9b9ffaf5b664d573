/**
 * E2E-ABSA and ASTE-Data-V1 tags: neighbouring words with one tag are one term. The text is that of the
 * tagged words. V1 numbers the terms of a sentence (TT-POS, …) and keeps their pairs in pickles, which are not
 * opened: its opinions and numbered terms are left out, the latter with a note.
 *
 *     The soup was cold.####The=O soup=T-NEG was=O cold=O .=O
 */
import type { Importer } from '../importer.js';
import { type ImportedRow, type ImportedTuple, RowFault } from '../row.js';
import { rowsOfLines } from '../source.js';
import { spanAt } from '../spans.js';

export const tags: Importer = {
  name: 'tags',
  form: 'lines of sentence####word=T-POS word=O …',
  recognise: ({ lines }) => lines.some((line) => /####\S+=(?:O|T-\w+)(?:\s|$)/.test(line)),
  read: (source) => rowsOfLines(source, readTags),
};

function readTags(line: string, number: number): ImportedRow {
  const [sentence = '', tagged] = line.split('####');
  if (tagged === undefined) throw new RowFault('the line has no ####');
  const words = tagged.split(' ').filter((word) => word !== '');
  const cut = words.map((word) => {
    // A word may hold "=": the tag stands after the last one.
    const at = word.lastIndexOf('=');
    if (at === -1) throw new RowFault(`${JSON.stringify(word)} has no tag`);
    return { word: word.slice(0, at), tag: word.slice(at + 1) };
  });
  const text = cut.map(({ word }) => word).join(' ');
  if (text.trim() === '') throw new RowFault('there are no words');
  const tuples: ImportedTuple[] = [];
  const notes = new Set(sentence === text ? [] : ['text-of-words']);
  let start = 0;
  let open: { from: number; tag: string } | null = null;
  for (const { word, tag } of [...cut, { word: '', tag: 'O' }]) {
    if (tag !== 'O' && !/^T+-\w+$/.test(tag))
      throw new RowFault(`the tag ${JSON.stringify(tag)} is none of O, T-POS, T-NEG, T-NEU`);
    if (open !== null && open.tag !== tag) {
      tuples.push({ term: spanAt(text, open.from, start - 1), polarity: open.tag.slice(2) });
      open = null;
    }
    if (tag.startsWith('T-')) open ??= { from: start, tag };
    else if (tag !== 'O') notes.add('numbered-term-left-out');
    start += word.length + 1;
  }
  return { line: number, text, tuples, notes: [...notes] };
}
