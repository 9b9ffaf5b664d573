/** `sentence####[['term', 'category', 'polarity'(, 'opinion')], …]`: what ABSA-QUAD, TASD and M-ABSA share. */
import { type Literal, readLiteral, recoverStrings } from '../literal.js';
import { type ImportedRow, type ImportedTuple, RowFault } from '../row.js';
import { isImplicit, spanOfWords } from '../spans.js';
import { cutAtMark } from './hash-lines.js';

/** @throws RowFault where the line does not have the form */
export function readStringRow(line: string, number: number, fields: 3 | 4): ImportedRow {
  const [text, annotation] = cutAtMark(line);
  const notes = new Set<string>();
  const tuples = readStrings(annotation, fields, notes).map((values) => toTuple(text, values, notes));
  return { line: number, text, tuples, notes: [...notes] };
}

function readStrings(annotation: string, fields: number, notes: Set<string>): readonly (readonly string[])[] {
  let value: Literal;
  try {
    value = readLiteral(annotation);
  } catch (fault) {
    const recovered = recoverStrings(annotation, fields);
    if (recovered === null) throw fault;
    notes.add('literal-recovered');
    return recovered;
  }
  if (!Array.isArray(value)) throw new RowFault('the annotation is not a list');
  return (value as Literal[]).map((row) => {
    if (!isStringList(row) || row.length !== fields) {
      throw new RowFault(`a tuple of the annotation should hold ${fields} strings`);
    }
    return row;
  });
}

function isStringList(value: Literal): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function toTuple(text: string, values: readonly string[], notes: Set<string>): ImportedTuple {
  const [term = '', category = '', polarity = '', opinion] = values;
  return {
    term: spanOfWords(text, term, 'term', notes),
    category: isImplicit(category) ? null : category,
    ...(opinion === undefined ? {} : { opinion: spanOfWords(text, opinion, 'opinion', notes) }),
    polarity: isImplicit(polarity) ? null : polarity,
  };
}

const STRING = String.raw`(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")`;

/** Whether the lines hold tuples of so many strings in brackets of one kind. */
export function holdsStringRows(lines: readonly string[], fields: number, open: '[' | '('): boolean {
  const [left, right] = open === '[' ? ['\\[', '\\]'] : ['\\(', '\\)'];
  const form = new RegExp(
    `####\\s*\\[\\s*${left}\\s*${STRING}(?:\\s*,\\s*${STRING}){${fields - 1}}\\s*,?\\s*${right}`,
  );
  return lines.some((line) => form.test(line)) || lines.some((line) => isRecovered(line, fields, left));
}

/** Whether strings whose quotes nobody escaped stand behind the mark. */
function isRecovered(line: string, fields: number, left: string): boolean {
  const annotation = line.slice(line.lastIndexOf('####') + 4);
  const isOfKind = line.includes('####') && new RegExp(`^\\s*\\[\\s*${left}`).test(annotation);
  return isOfKind && recoverStrings(annotation, fields) !== null;
}
